package org.stagedpipe.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Waits until something holds, at most 10 seconds unless it is told.
final class Eventually {

    static final Duration AT_MOST = Duration.ofSeconds(10);

    private Eventually() {}

    static void holds(String what, BooleanSupplier condition) throws InterruptedException {
        holds(what, AT_MOST, condition);
    }

    static void holds(String what, Duration atMost, BooleanSupplier condition)
            throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + atMost + ": " + what);
            }
            Thread.sleep(1);
        }
    }

    static void opens(CountDownLatch latch) throws InterruptedException {
        if (!latch.await(AT_MOST.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("latch not open within " + AT_MOST + ": " + latch);
        }
    }

    static void ends(Thread thread) throws InterruptedException {
        if (!thread.join(AT_MOST)) {
            throw new AssertionError(thread + " has not ended within " + AT_MOST);
        }
    }
}
