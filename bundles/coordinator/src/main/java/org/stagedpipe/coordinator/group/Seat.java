package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.util.function.LongSupplier;

/// A worker's place for a suspect: one at a time of all groups of this node, in turns. Two at once would both be charged when
/// one of them ends the worker. Safe for use by many threads.
final class Seat {

    /// By then all streams to a worker that ended have ended too: nobody is given to a dead one.
    private static final long DOUBT_NANOS = 1_000_000_000L;

    /// Who has not asked for that long does not want it any more.
    private static final long PATIENCE_NANOS = 500_000_000L;

    private final LongSupplier nanos;
    private @Nullable Object taken;
    private @Nullable Object next;
    private long askedNanos; // by the next one
    private boolean isLost;
    private long lostNanos;

    /// @param nanos a monotonic clock
    Seat(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /// Whether it is his now; who is refused asks again after a while.
    synchronized boolean take(Object who) {
        long now = nanos.getAsLong();
        if (next != null && now - askedNanos > PATIENCE_NANOS) {
            next = null;
        }
        boolean isInDoubt = isLost && now - lostNanos < DOUBT_NANOS;
        if (taken == null && !isInDoubt && (next == null || next == who)) {
            taken = who;
            next = null;
            isLost = false;
            return true;
        }
        if (next == null || next == who) {
            next = who;
            askedNanos = now;
        }
        return false;
    }

    /// His suspect is answered.
    synchronized void leave(Object who) {
        if (taken == who) {
            taken = null;
        }
    }

    /// The stream that his suspect was on has ended, and perhaps the worker.
    synchronized void lose(Object who) {
        if (taken == who) {
            taken = null;
            isLost = true;
            lostNanos = nanos.getAsLong();
        }
    }
}
