package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/// Items that seem to have ended too many workers, until their verdict: a worker that was only cut off comes back meanwhile. As many as
/// wait in a group at most. For one thread at a time.
final class Accusations {

    private final LongSupplier nanoTime;
    private final Deque<Accusation> all = new ArrayDeque<>(); // in the order of their times

    /// @param nanoTime a clock, ns
    Accusations(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /// @param verdicts of the node
    /// @param nanos when its worker was lost
    record Accusation(Frame frame, Verdicts verdicts, long nanos) {}

    /// A worker was lost with it; its time begins anew if it was accused before.
    void add(Frame frame, Verdicts verdicts) {
        remove(frame);
        all.add(new Accusation(frame, verdicts, nanoTime.getAsLong()));
    }

    /// It is answered otherwise.
    void remove(Frame frame) {
        all.removeIf(one -> one.frame() == frame);
    }

    /// The next one whose time is over and that is accused still, which leaves; null if there is none.
    @Nullable Accusation next() {
        while (leftNanos() == 0) {
            Accusation next = all.remove();
            next.frame().forgive(next.verdicts().explained());
            if (next.frame().isAccused()) {
                return next;
            }
        }
        return null;
    }

    /// How long until the first one's time is over; null if there is none.
    @Nullable Duration untilNext() {
        return all.isEmpty() ? null : Duration.ofNanos(leftNanos());
    }

    private long leftNanos() {
        Accusation first = all.peek();
        if (first == null) {
            return Long.MAX_VALUE;
        }
        long passed = nanoTime.getAsLong() - first.nanos();
        return Math.max(0, Limits.VERDICT_AFTER.toNanos() - passed);
    }
}
