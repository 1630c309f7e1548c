package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/// The bytes that all groups of a node hold together, of these what those of each principal hold, and of these each group's. Safe for
/// use by many threads; calls nobody while it holds its lock.
///
/// A group may hold a 128th of all as long as there is room. What it holds beyond that comes from one half, and is no more than it
/// leaves of that half to all others. So groups that give nothing back, in whatever order they came, leave the other half to those
/// that hold little. This is so of the node's bytes, and of those of the principal's share by themselves.
///
/// Who may not hold more now waits in line, first for its share, then for the node; who needs the least room is first. So who waits
/// because of what it holds itself keeps nobody out. A frame of a group that holds nothing has a line of its own, for which there is a
/// quarter more, so that few groups wait for another one's client.
///
/// What is expected, the results of items that workers have, is set aside: it keeps out who wants in as what is here does. There is
/// the same quarter more for it, so that items which wait for workers do not keep all of the room from the results of those before.
public final class NodeWindow {

    /// So many groups that hold little would have all of it.
    private static final int PARTS = 128;

    private final Bounds node;

    /// The bytes of the node or of a share: what is taken, and who waits.
    private static final class Bounds {
        private final long mostBytes;
        private final long eachBytes; // that a group may hold as long as there is room
        private final Deque<Ticket> first = new ArrayDeque<>();
        private final NavigableSet<Ticket> usual =
                new TreeSet<>(
                        Comparator.comparingLong((Ticket ticket) -> ticket.needed)
                                .thenComparingLong(ticket -> ticket.number));
        private long bytes;
        private long expected; // beside them
        private long numbers;

        private Bounds(long mostBytes) {
            this.mostBytes = mostBytes;
            this.eachBytes = mostBytes / PARTS;
        }

        private void count(long more, long moreExpected) {
            bytes += more;
            expected += moreExpected;
        }

        private long most(boolean isFirst) {
            return isFirst ? mostBytes + mostBytes / 4 : mostBytes;
        }

        private long room(boolean isFirst) {
            return most(isFirst) - bytes - expected;
        }

        /// How much room there has to be for a group that holds so much to hold more.
        private long needed(long held, long more) {
            long beyond = held + more - eachBytes;
            return beyond <= 0 ? more : more + mostBytes / 2 + beyond;
        }

        private boolean hasRoom(long held, long more) {
            long room = mostBytes - bytes;
            return needed(held, more) <= room || more + mostBytes / 4 <= room;
        }

        /// How much a group may expect that holds so much: as much again as it may hold as long as there is room, and what comes from
        /// the half.
        private long expectable(long held) {
            long room = room(true);
            long within = 2 * eachBytes - held;
            return Math.min(room, Math.max(within, (room - most(true) / 2 + within) / 2));
        }

        private void add(Ticket ticket) {
            ticket.at = this;
            ticket.number = numbers++;
            if (ticket.isFirst) {
                ticket.needed = ticket.bytes;
                first.add(ticket);
            } else {
                addUsual(ticket);
            }
        }

        private void addUsual(Ticket ticket) {
            long held = ticket.holder.all();
            ticket.needed = held == 0 ? ticket.bytes : needed(held, ticket.bytes);
            usual.add(ticket);
        }

        private void remove(Ticket ticket) {
            (ticket.isFirst ? first : usual).remove(ticket);
        }

        /// Lets in who has room.
        private void advance(Consumer<Ticket> in) {
            for (Ticket next = first.peek(); next != null && fits(next); next = first.peek()) {
                bytes += next.bytes;
                in.accept(first.remove());
            }
            while (!usual.isEmpty() && fits(usual.first())) {
                bytes += usual.first().bytes;
                in.accept(usual.removeFirst());
            }
        }

        private boolean fits(Ticket ticket) {
            return bytes + expected == 0 || ticket.needed <= room(ticket.isFirst);
        }
    }

    /// A place in line.
    static final class Ticket {
        private final Share.Holder holder;
        private final long bytes;
        private final boolean isFirst;
        private final Runnable granted;
        private @Nullable Bounds at; // those that it waits for; their shares hold its bytes already
        private long needed; // room there
        private long number; // there, of both lines

        private Ticket(Share.Holder holder, long bytes, boolean isFirst, Runnable granted) {
            this.holder = holder;
            this.bytes = bytes;
            this.isFirst = isFirst;
            this.granted = granted;
        }

        /// Whether it is in the line of those who hold nothing.
        boolean isFirst() {
            return isFirst;
        }
    }

    /// @param limitBytes at least one largest item
    public NodeWindow(long limitBytes) {
        node = new Bounds(limitBytes);
    }

    /// A new share of it.
    ///
    /// @param percent of it that the share may hold, 1 to 100; one item alone may be larger
    public Share share(int percent) {
        return new Share(node.mostBytes - node.mostBytes / 100 * (100 - percent));
    }

    /// How much is taken.
    public synchronized long bytes() {
        return node.bytes;
    }

    /// What the groups of one principal hold.
    public final class Share {

        private final Bounds share;

        private Share(long mostBytes) {
            share = new Bounds(mostBytes);
        }

        /// A new group's.
        Holder holder() {
            return new Holder();
        }

        /// Whether nothing is taken, and nobody waits.
        public boolean isEmpty() {
            synchronized (NodeWindow.this) {
                return share.bytes + share.expected == 0
                        && share.usual.isEmpty()
                        && share.first.isEmpty();
            }
        }

        /// What one group holds.
        final class Holder {

            private long held;
            private long expects; // beside that
            private @Nullable Ticket waits;

            private long all() {
                return held + expects;
            }

            /// Takes that many bytes now, or waits in line for them; one at a time.
            ///
            /// @param holdsNothing whether it is for a group that holds nothing, behind others of these only
            /// @param granted called once they are taken, on the thread of whoever made room; not if they are taken now
            /// @return null if they are taken now
            @Nullable Ticket take(long wanted, boolean holdsNothing, Runnable granted) {
                synchronized (NodeWindow.this) {
                    if (waits != null) {
                        throw new IllegalStateException("node window: its group waits already");
                    }
                    Ticket ticket = new Ticket(this, wanted, holdsNothing, granted);
                    waits = ticket;
                    share.add(ticket);
                    advance(_ -> {}); // it makes no room for others
                    return waits;
                }
            }

            /// Takes that many bytes if it may hold them now; whether it did.
            boolean tryTake(long wanted) {
                synchronized (NodeWindow.this) {
                    boolean takes =
                            share.needed(all(), wanted) <= share.room(false)
                                    && node.needed(all(), wanted) <= node.room(false);
                    if (takes) {
                        count(wanted, 0);
                    }
                    return takes;
                }
            }

            /// Leaves the line; what was granted meanwhile is given back.
            void leave(Ticket ticket) {
                letIn(() -> {
                    Bounds at = ticket.at;
                    if (at == null) {
                        count(-ticket.bytes, 0);
                    } else {
                        waits = null;
                        at.remove(ticket);
                        share.bytes -= at == node ? ticket.bytes : 0;
                    }
                });
            }

            /// Takes bytes that are here already and cannot wait, or that are few.
            void hold(long taken) {
                synchronized (NodeWindow.this) {
                    count(taken, 0);
                }
            }

            /// Sets bytes aside for what is to come, as far as it may, unless a group that holds nothing waits.
            ///
            /// @return how many, up to those that are wanted
            long tryExpect(long wanted) {
                synchronized (NodeWindow.this) {
                    if (!share.first.isEmpty() || !node.first.isEmpty()) {
                        return 0;
                    }
                    long most = Math.min(share.expectable(all()), node.expectable(all()));
                    long taken = Math.clamp(most, 0, wanted);
                    count(0, taken);
                    return taken;
                }
            }

            /// Expects so much less than it did.
            void expectLess(long fewer) {
                letIn(() -> count(0, -fewer));
            }

            /// Gives bytes back, and lets in who waits.
            void release(long given) {
                letIn(() -> count(-given, 0));
            }

            /// Who has room once that is done. In one step, as who comes next tells nobody.
            private void letIn(Runnable makesRoom) {
                Deque<Ticket> granted = new ArrayDeque<>();
                synchronized (NodeWindow.this) {
                    makesRoom.run();
                    advance(granted::add);
                }
                granted.forEach(ticket -> ticket.granted.run());
            }

            /// Whether so much more may come that does not wait to be let in: what it may hold, and more as long as a quarter is
            /// left to others; whatever is expected.
            boolean hasRoom(long more) {
                synchronized (NodeWindow.this) {
                    return share.hasRoom(held, more) && node.hasRoom(held, more);
                }
            }

            /// Whether it waits for what others hold, and not only for what it holds itself.
            boolean waitsForOthers() {
                synchronized (NodeWindow.this) {
                    Ticket ticket = waits;
                    Bounds at = ticket == null ? null : ticket.at;
                    return ticket != null
                            && at != null
                            && ticket.needed <= at.most(ticket.isFirst) - all();
                }
            }

            private void count(long more, long moreExpected) {
                Ticket ticket = waits;
                Bounds at = ticket == null ? null : ticket.at;
                if (ticket != null && at != null) {
                    at.usual.remove(ticket); // it needs more room now, or less
                }
                held += more;
                expects += moreExpected;
                share.count(more, moreExpected);
                node.count(more, moreExpected);
                if (ticket != null && at != null && !ticket.isFirst) {
                    at.addUsual(ticket);
                }
            }

            private void advance(Consumer<Ticket> granted) {
                share.advance(node::add);
                node.advance(ticket -> {
                    ticket.at = null;
                    ticket.holder.waits = null;
                    ticket.holder.held += ticket.bytes;
                    granted.accept(ticket);
                });
            }
        }
    }
}
