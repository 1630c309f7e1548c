package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

class LoopTest {

    private static final Duration SHORT = Duration.ofMillis(1);
    private static final Duration ENDLESS = Duration.ofDays(1);

    @Test
    void aBugEndsNoLoopAndIsSaidOnceUntilARoundSucceeds() throws Exception {
        AtomicInteger rounds = new AtomicInteger();
        try (Loop loop =
                new Loop(
                        "overseer-test",
                        SHORT,
                        SHORT,
                        () -> {
                            int round = rounds.incrementAndGet();
                            if (round != 3 && round < 6) {
                                throw new UncheckedIOException(new IOException("no folder"));
                            }
                        })) {
            loop.open();
            until("it goes on", () -> rounds.get() > 6);
        }
        String said =
                "overseer-test goes on after a bug:"
                        + " java.io.UncheckedIOException: java.io.IOException: no folder";
        assertEquals(List.of(said, said), TestLog.warnings("overseer-test"));
    }

    @Test
    void aBugIsFollowedByALongerPause() throws Exception {
        AtomicInteger rounds = new AtomicInteger();
        try (Loop loop =
                new Loop(
                        "overseer-slow",
                        SHORT,
                        ENDLESS,
                        () -> {
                            rounds.incrementAndGet();
                            throw new AssertionError("a bug"); // an Error is one, too
                        })) {
            loop.open();
            until("it is said", () -> !TestLog.warnings("overseer-slow").isEmpty());
        }
        assertEquals(1, rounds.get());
    }

    @Test
    void closeInterruptsTheRoundAndWaitsForItsEnd() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicInteger ended = new AtomicInteger();
        try (Loop loop =
                new Loop(
                        "overseer-busy",
                        SHORT,
                        () -> {
                            begun.countDown();
                            try {
                                Thread.sleep(ENDLESS);
                            } finally {
                                ended.incrementAndGet();
                            }
                        })) {
            loop.open();
            begun.await();
        }
        assertEquals(1, ended.get());
    }
}
