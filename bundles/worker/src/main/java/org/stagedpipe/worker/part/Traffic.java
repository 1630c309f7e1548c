package org.stagedpipe.worker.part;

import java.util.concurrent.atomic.LongAdder;

/// Counts the items of all parts. Safe for use by many threads.
final class Traffic {

    private final LongAdder taken = new LongAdder();
    private final LongAdder answered = new LongAdder();

    void taken(int items) {
        taken.add(items);
    }

    void answered(int items) {
        answered.add(items);
    }

    /// They are others' from now on.
    void returned(int items) {
        taken.add(-items);
    }

    long answered() {
        return answered.sum();
    }

    long inFlight() {
        return Math.max(0, taken.sum() - answered.sum());
    }
}
