package org.stagedpipe.engine;

/// Keeps a thread that has caught up with another one a moment behind that. Close behind, it would take each line of memory away
/// in which the other one is about to write. For one thread at a time.
final class Distance {

    /// About 1 µs, a tenth of what a wake-up costs.
    private static final int PAUSES = 60;

    private boolean caughtUp;

    /// A moment, in which another thread gets on with what it has.
    static void pause() {
        for (int i = 0; i < PAUSES; i++) {
            Thread.onSpinWait();
        }
    }

    /// Before the next look at what the other one has done.
    void keep() {
        if (caughtUp) {
            pause();
        }
    }

    /// After a look that found so many, where as many as `most` would mean that there is more. A lone request is none of many, and where few may
    /// be in flight a moment is long.
    void found(int count, int most, boolean inWideWindow) {
        caughtUp = count > 1 && count < most && inWideWindow;
    }
}
