package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

/// A timing that is made when it is first needed: a group that idles costs little.
final class LazyTiming {

    private volatile @Nullable Timing timing;

    Timing get() {
        Timing made = timing;
        return made == null ? make() : made;
    }

    private synchronized Timing make() {
        Timing made = timing;
        if (made == null) {
            made = new Timing();
            timing = made;
        }
        return made;
    }

    /// What was recorded so far.
    Timings snapshot() {
        Timing made = timing;
        return made == null ? Timings.NONE : made.snapshot();
    }
}
