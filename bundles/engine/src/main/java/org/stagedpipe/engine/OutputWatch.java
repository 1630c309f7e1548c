package org.stagedpipe.engine;

/// Since when a group's consumer takes nothing although there is something; the watch thread's.
final class OutputWatch {

    private boolean blocked;
    private long delivered;
    private long since;
    private long warnedNanos;

    /// For how many nanoseconds it is blocked, as far as was seen; 0 if it is not.
    long look(boolean waiting, long deliveredNow, long now) {
        if (!waiting || !blocked || deliveredNow != delivered) {
            blocked = waiting;
            delivered = deliveredNow;
            since = now;
            warnedNanos = 0;
            return 0;
        }
        return now - since;
    }

    /// Whether another interval has gone by since the last warning.
    boolean isDue(long blockedNanos, long intervalNanos) {
        if (blockedNanos - warnedNanos < intervalNanos) {
            return false;
        }
        warnedNanos = blockedNanos;
        return true;
    }
}
