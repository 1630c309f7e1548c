package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;

/// The bytes that all groups of a node hold together, and of these what each principal's hold. Safe for use by many threads;
/// calls nobody while it holds its lock.
///
/// Who finds it full waits in line: first behind those who share with it, until its share has room, then behind all that wait
/// for the node's. So who waits for its own share keeps nobody else out. A frame of a group that holds nothing has a line of
/// its own, for which there is a quarter more, so that few groups wait for another one's client.
///
/// What is expected, the results of items that workers have, is set aside: it keeps out who wants in as what is here does. There is
/// the same quarter more for it, so that items which wait for workers do not keep all of the room from the results of those before.
public final class NodeWindow {

    private final Line usual;
    private final Line first;
    private long bytes;
    private long expected; // beside them

    /// Who waits for the node's bytes; their shares hold theirs already.
    private final class Line {
        private final long mostBytes;
        private final Deque<Ticket> tickets = new ArrayDeque<>();

        private Line(long mostBytes) {
            this.mostBytes = mostBytes;
        }

        private boolean fits(long wanted) {
            return bytes + expected == 0 || wanted <= room();
        }

        private long room() {
            return mostBytes - bytes - expected;
        }

        private void grant(Deque<Ticket> granted) {
            for (Ticket next = tickets.peek();
                    next != null && fits(next.bytes);
                    next = tickets.peek()) {
                bytes += next.bytes;
                granted.add(tickets.remove());
            }
        }
    }

    /// A place in line.
    static final class Ticket {
        private final long bytes;
        private final Share.Turn turn;
        private final Runnable granted;

        private Ticket(long bytes, Share.Turn turn, Runnable granted) {
            this.bytes = bytes;
            this.turn = turn;
            this.granted = granted;
        }

        /// Whether it is in the line of those who hold nothing.
        boolean isFirst() {
            return turn.isFirst();
        }
    }

    /// @param limitBytes at least one largest item
    public NodeWindow(long limitBytes) {
        this.usual = new Line(limitBytes);
        this.first = new Line(withMore(limitBytes));
    }

    private static long withMore(long bytes) {
        return bytes + bytes / 4;
    }

    /// A new share of it.
    ///
    /// @param percent of it that the share may hold, 1 to 100; one item alone may be larger
    public Share share(int percent) {
        return new Share(usual.mostBytes - usual.mostBytes / 100 * (100 - percent));
    }

    /// How much is taken.
    public synchronized long bytes() {
        return bytes;
    }

    /// What the groups of one principal hold.
    public final class Share {

        private final Turn usualTurn;
        private final Turn firstTurn;
        private long held;
        private long expects; // beside that

        /// Who waits for the share's bytes, before it waits for the node's.
        private final class Turn {
            private final Line line;
            private final long mostBytes;
            private final Deque<Ticket> waiting = new ArrayDeque<>();

            private Turn(Line line, long mostBytes) {
                this.line = line;
                this.mostBytes = mostBytes;
            }

            private boolean isFirst() {
                return line == first;
            }

            private boolean tryTake(long wanted) {
                boolean takes =
                        waiting.isEmpty()
                                && hasRoom(wanted)
                                && line.tickets.isEmpty()
                                && line.fits(wanted);
                if (takes) {
                    hold(wanted);
                }
                return takes;
            }

            /// Who has room in the share now waits for the node's.
            private void advance() {
                for (Ticket next = waiting.peek();
                        next != null && hasRoom(next.bytes);
                        next = waiting.peek()) {
                    held += next.bytes;
                    line.tickets.add(waiting.remove());
                }
            }

            private boolean hasRoom(long wanted) {
                return held + expects == 0 || wanted <= room();
            }

            private long room() {
                return mostBytes - held - expects;
            }
        }

        private Share(long mostBytes) {
            usualTurn = new Turn(usual, mostBytes);
            firstTurn = new Turn(first, withMore(mostBytes));
        }

        /// Takes that many bytes now, or waits in line for them.
        ///
        /// @param holdsNothing whether it is for a group that holds nothing, behind others of these only
        /// @param granted called once they are taken, on the thread of whoever made room; not if they are taken now
        /// @return null if they are taken now
        @Nullable Ticket take(long wanted, boolean holdsNothing, Runnable granted) {
            synchronized (NodeWindow.this) {
                Turn turn = holdsNothing ? firstTurn : usualTurn;
                if (turn.tryTake(wanted)) {
                    return null;
                }
                Ticket ticket = new Ticket(wanted, turn, granted);
                turn.waiting.add(ticket);
                turn.advance();
                return ticket;
            }
        }

        /// Takes that many bytes if there is room for them and nobody waits; whether it did.
        boolean tryTake(long wanted) {
            synchronized (NodeWindow.this) {
                return usualTurn.tryTake(wanted);
            }
        }

        /// Leaves the line; what was granted meanwhile is given back.
        void leave(Ticket ticket) {
            synchronized (NodeWindow.this) {
                if (!ticket.turn.waiting.remove(ticket)) {
                    held -= ticket.bytes;
                    bytes -= ticket.turn.line.tickets.remove(ticket) ? 0 : ticket.bytes;
                }
            }
            release(0);
        }

        /// Takes bytes that are here already and cannot wait, or that are few.
        void hold(long taken) {
            synchronized (NodeWindow.this) {
                held += taken;
                bytes += taken;
            }
        }

        /// Sets bytes aside for what is to come, as far as there is room, unless a group that holds nothing waits.
        ///
        /// @return how many, up to those that are wanted
        long tryExpect(long wanted) {
            synchronized (NodeWindow.this) {
                if (!firstTurn.waiting.isEmpty() || !first.tickets.isEmpty()) {
                    return 0;
                }
                long room = Math.min(first.room(), firstTurn.room());
                long taken = Math.clamp(room, 0, wanted);
                expects += taken;
                expected += taken;
                return taken;
            }
        }

        /// Expects so much less than it did.
        void expectLess(long fewer) {
            release(0, fewer);
        }

        /// Gives bytes back, and lets in who waits.
        void release(long given) {
            release(given, 0);
        }

        private void release(long given, long fewerExpected) {
            Deque<Ticket> granted = new ArrayDeque<>();
            synchronized (NodeWindow.this) {
                held -= given;
                bytes -= given;
                expects -= fewerExpected;
                expected -= fewerExpected;
                firstTurn.advance();
                usualTurn.advance();
                first.grant(granted);
                usual.grant(granted);
            }
            granted.forEach(ticket -> ticket.granted.run());
        }

        /// Whether as much is taken as there is, or more, of the share or of the node.
        boolean isFull() {
            synchronized (NodeWindow.this) {
                return bytes >= usual.mostBytes || held >= usualTurn.mostBytes;
            }
        }

        /// Whether nothing is taken, and nobody waits.
        public boolean isEmpty() {
            synchronized (NodeWindow.this) {
                return held + expects == 0
                        && usualTurn.waiting.isEmpty()
                        && firstTurn.waiting.isEmpty();
            }
        }
    }
}
