package org.stagedpipe.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/// A lock held for some nanoseconds: one compare-and-set to take it, one store to give it back. Not reentrant.
///
/// Who waits for long sleeps, and never yields: virtual threads that yield in turns keep the queue of their scheduler full, and a
/// holder that waits in another queue, say for a second lock, may never get a carrier again.
///
/// What a thread reads after it took the lock is never older than what any earlier holder wrote; hand-offs rely on that
/// instead of fences of their own.
final class SpinLock {

    /// Looks before a sleep: more than a holder usually takes that has its processor.
    private static final int SPINS = 1_000;

    private static final long SLEEP_NANOS = 20_000;

    private static final VarHandle HELD;

    static {
        try {
            HELD = MethodHandles.lookup().findVarHandle(SpinLock.class, "held", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // by HELD
    private volatile int held;

    void lock() {
        if (!HELD.compareAndSet(this, 0, 1)) {
            lockSlowly();
        }
    }

    void unlock() {
        HELD.setRelease(this, 0);
    }

    private void lockSlowly() {
        boolean isInterrupted = false;
        int spins = 0;
        do {
            while ((int) HELD.getOpaque(this) != 0) {
                if (++spins % SPINS == 0) {
                    isInterrupted |= Thread.interrupted(); // with that a thread does not sleep
                    // the holder may have lost its processor
                    LockSupport.parkNanos(this, SLEEP_NANOS);
                } else {
                    Thread.onSpinWait();
                }
            }
        } while (!HELD.compareAndSet(this, 0, 1));
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
