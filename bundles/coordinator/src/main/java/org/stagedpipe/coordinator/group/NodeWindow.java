package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;

/// The bytes that all groups of a node hold together, and of these what each principal's hold. Safe for use by many threads;
/// calls nobody while it holds its lock.
///
/// Who finds it full waits in line: first behind those who share with it, until its share has room, then behind all that wait
/// for the node's. So who waits for its own share keeps nobody else out. A group that holds nothing gets one frame in any
/// case, so that no group waits for another one's client.
public final class NodeWindow {

    private final long limitBytes;
    private final Deque<Ticket> line = new ArrayDeque<>(); // their shares hold their bytes already
    private long bytes;

    /// A place in line.
    static final class Ticket {
        private final long bytes;
        private final Runnable granted;

        private Ticket(long bytes, Runnable granted) {
            this.bytes = bytes;
            this.granted = granted;
        }
    }

    /// @param limitBytes at least one largest item
    public NodeWindow(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /// A new share of it.
    ///
    /// @param percent of it that the share may hold, 1 to 100; one item alone may be larger
    public Share share(int percent) {
        return new Share(limitBytes - limitBytes / 100 * (100 - percent));
    }

    /// How much is taken.
    public synchronized long bytes() {
        return bytes;
    }

    private boolean fits(long wanted) {
        return bytes == 0 || bytes + wanted <= limitBytes;
    }

    private void grant(Deque<Ticket> granted) {
        for (Ticket next = line.peek(); next != null && fits(next.bytes); next = line.peek()) {
            bytes += next.bytes;
            granted.add(line.remove());
        }
    }

    /// What the groups of one principal hold.
    public final class Share {

        private final long mostBytes;
        private final Deque<Ticket> waiting = new ArrayDeque<>();
        private long held;

        private Share(long mostBytes) {
            this.mostBytes = mostBytes;
        }

        /// Takes that many bytes now, or waits in line for them.
        ///
        /// @param inAnyCase even if the window is full
        /// @param granted called once they are taken, on the thread of whoever made room; not if they are taken now
        /// @return null if they are taken now
        @Nullable Ticket take(long wanted, boolean inAnyCase, Runnable granted) {
            synchronized (NodeWindow.this) {
                if (inAnyCase) {
                    hold(wanted);
                    return null;
                }
                if (tryTake(wanted)) {
                    return null;
                }
                Ticket ticket = new Ticket(wanted, granted);
                waiting.add(ticket);
                advance();
                return ticket;
            }
        }

        /// Takes that many bytes if there is room for them and nobody waits; whether it did.
        boolean tryTake(long wanted) {
            synchronized (NodeWindow.this) {
                boolean takes =
                        waiting.isEmpty()
                                && hasRoom(wanted)
                                && line.isEmpty()
                                && NodeWindow.this.fits(wanted);
                if (takes) {
                    hold(wanted);
                }
                return takes;
            }
        }

        /// Leaves the line; what was granted meanwhile is given back.
        void leave(Ticket ticket) {
            synchronized (NodeWindow.this) {
                if (!waiting.remove(ticket)) {
                    held -= ticket.bytes;
                    bytes -= line.remove(ticket) ? 0 : ticket.bytes;
                }
            }
            release(0);
        }

        /// Takes bytes that are here already and cannot wait.
        void hold(long taken) {
            synchronized (NodeWindow.this) {
                held += taken;
                bytes += taken;
            }
        }

        /// Gives bytes back, and lets in who waits.
        void release(long given) {
            Deque<Ticket> granted = new ArrayDeque<>();
            synchronized (NodeWindow.this) {
                held -= given;
                bytes -= given;
                advance();
                grant(granted);
            }
            granted.forEach(ticket -> ticket.granted.run());
        }

        /// Whether as much is taken as there is, or more, of the share or of the node.
        boolean isFull() {
            synchronized (NodeWindow.this) {
                return bytes >= limitBytes || held >= mostBytes;
            }
        }

        /// Whether nothing is taken, and nobody waits.
        public boolean isEmpty() {
            synchronized (NodeWindow.this) {
                return held == 0 && waiting.isEmpty();
            }
        }

        /// Who has room in the share now waits for the node's.
        private void advance() {
            for (Ticket next = waiting.peek();
                    next != null && hasRoom(next.bytes);
                    next = waiting.peek()) {
                held += next.bytes;
                line.add(waiting.remove());
            }
        }

        private boolean hasRoom(long wanted) {
            return held == 0 || held + wanted <= mostBytes;
        }
    }
}
