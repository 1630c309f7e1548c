package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/// Who waits for a lock.
@Timeout(60)
class SpinLockTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final SpinLock lock = new SpinLock();

    /// It sleeps. With a yield it would come back to its carrier at once, for ever if the scheduler looks into its queue first, and
    /// the holder may be in another one.
    @Test
    void whoWaitsForLongLeavesItsCarrierToOthers() throws Exception {
        lock.lock();
        Thread waiter = Thread.startVirtualThread(this::pass);
        Eventually.holds("it sleeps", () -> waiter.getState() == Thread.State.TIMED_WAITING);
        lock.unlock();
        assertTrue(waiter.join(LONG), "it still waits");
    }

    @Test
    void anInterruptIsKept() throws Exception {
        lock.lock();
        AtomicBoolean isKept = new AtomicBoolean();
        Thread waiter =
                Thread.startVirtualThread(() -> {
                    Thread.currentThread().interrupt();
                    pass();
                    isKept.set(Thread.interrupted());
                });
        Eventually.holds("it sleeps", () -> waiter.getState() == Thread.State.TIMED_WAITING);
        lock.unlock();
        assertTrue(waiter.join(LONG), "it still waits");
        assertTrue(isKept.get(), "the interrupt is lost");
    }

    private void pass() {
        lock.lock();
        lock.unlock();
    }
}
