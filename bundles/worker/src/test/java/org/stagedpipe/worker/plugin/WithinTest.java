package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.osgi.framework.BundleException;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
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

    @Test
    void anErrorOfTheVirtualMachineIsFoundInWhatWrapsIt() {
        OutOfMemoryError error = new OutOfMemoryError("no thread");
        assertSame(error, assertThrows(OutOfMemoryError.class, () -> fail(error)));
    }

    @Test
    void aRecursionThatIsTooDeepIsAFailureLikeAnother() {
        assertThrows(ExecutionException.class, () -> fail(new StackOverflowError()));
    }

    private static void fail(Error error) throws Exception {
        Within.call(
                "test",
                Duration.ofSeconds(60),
                () -> {
                    throw new BundleException("activator error", error);
                });
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
