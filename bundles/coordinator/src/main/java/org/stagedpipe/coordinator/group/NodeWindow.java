package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/// The bytes that all groups of a node hold together. Safe for use by many threads; calls nobody while it holds its lock.
///
/// Who finds it full waits in line. A group that holds nothing gets one frame in any case, so that no group waits for
/// another one's client.
public final class NodeWindow {

    private final long limitBytes;
    private final Deque<Ticket> line = new ArrayDeque<>();
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

    /// Takes that many bytes now, or waits in line for them.
    ///
    /// @param inAnyCase even if the window is full
    /// @param granted called once they are taken, on the thread of whoever made room; not if they are taken now
    /// @return null if they are taken now
    synchronized @Nullable Ticket take(long wanted, boolean inAnyCase, Runnable granted) {
        if (inAnyCase) {
            bytes += wanted;
            return null;
        }
        if (tryTake(wanted)) {
            return null;
        }
        Ticket ticket = new Ticket(wanted, granted);
        line.add(ticket);
        return ticket;
    }

    /// Takes that many bytes if there is room for them and nobody waits; whether it did.
    synchronized boolean tryTake(long wanted) {
        boolean takes = line.isEmpty() && fits(wanted);
        bytes += takes ? wanted : 0;
        return takes;
    }

    /// Leaves the line; what was granted meanwhile is given back.
    void leave(Ticket ticket) {
        boolean waited;
        synchronized (this) {
            waited = line.remove(ticket);
        }
        release(waited ? 0 : ticket.bytes);
    }

    /// Takes bytes that are here already and cannot wait.
    synchronized void hold(long taken) {
        bytes += taken;
    }

    /// Gives bytes back, and lets in who waits.
    void release(long given) {
        Deque<Ticket> granted = new ArrayDeque<>();
        synchronized (this) {
            bytes -= given;
            Iterator<Ticket> waiting = line.iterator();
            while (waiting.hasNext()) {
                Ticket next = waiting.next();
                if (!fits(next.bytes)) {
                    break;
                }
                waiting.remove();
                bytes += next.bytes;
                granted.add(next);
            }
        }
        granted.forEach(ticket -> ticket.granted.run());
    }

    /// Whether as much is taken as there is, or more.
    synchronized boolean isFull() {
        return bytes >= limitBytes;
    }

    /// How much is taken.
    public synchronized long bytes() {
        return bytes;
    }

    private boolean fits(long wanted) {
        return bytes == 0 || bytes + wanted <= limitBytes;
    }
}
