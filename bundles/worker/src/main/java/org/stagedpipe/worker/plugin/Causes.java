package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.Nullable;

import java.util.function.Predicate;

/// What is in a chain of causes.
final class Causes {

    private static final int MOST = 100; // a chain may be a ring

    private Causes() {}

    /// The first such one, from what was thrown on; null if there is none.
    static @Nullable Throwable find(Throwable thrown, Predicate<Throwable> condition) {
        Throwable cause = thrown;
        for (int i = 0; cause != null && i < MOST; i++) {
            if (condition.test(cause)) {
                return cause;
            }
            cause = cause.getCause();
        }
        return null;
    }
}
