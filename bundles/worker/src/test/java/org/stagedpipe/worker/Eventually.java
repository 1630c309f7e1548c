package org.stagedpipe.worker;

import java.time.Duration;
import java.util.function.Supplier;

/// Waits until something holds, at most 15 seconds.
public final class Eventually {

    private static final Duration AT_MOST = Duration.ofSeconds(15);

    private Eventually() {}

    /// A question that may fail.
    @FunctionalInterface
    public interface Question {
        boolean holds() throws Exception;
    }

    public static void holds(String what, Question question, Supplier<?> state) throws Exception {
        long end = System.nanoTime() + AT_MOST.toNanos();
        while (!question.holds()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "not within " + AT_MOST + ": " + what + "; now: " + state.get());
            }
            Thread.sleep(5);
        }
    }
}
