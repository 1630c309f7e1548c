package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

class WithinTest {

    private final BlockingQueue<String> late = new LinkedBlockingQueue<>();

    @Test
    void aResultThatNobodyWaitsForIsHandedOver() throws Exception {
        CountDownLatch ends = new CountDownLatch(1);
        assertThrows(
                TimeoutException.class,
                () ->
                        Within.call(
                                "test",
                                Duration.ofMillis(1),
                                () -> {
                                    awaitUninterruptibly(ends);
                                    return "made";
                                },
                                made -> late.add(made + ", interrupted: " + isInterrupted())));
        assertNull(late.peek());
        ends.countDown();
        assertEquals("made, interrupted: false", late.poll(60, TimeUnit.SECONDS));
    }

    @Test
    void aResultThatComesInTimeIsTheCallers() throws Exception {
        assertEquals("made", Within.call("test", Duration.ofSeconds(60), () -> "made", late::add));
        assertNull(late.peek());
    }

    private static boolean isInterrupted() {
        return Thread.currentThread().isInterrupted();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
