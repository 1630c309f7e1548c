package org.stagedpipe.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// A lock held for some nanoseconds: one compare-and-set to take it, one store to give it back. Not reentrant.
///
/// What a thread reads after it took the lock is never older than what any earlier holder wrote; hand-offs rely on that
/// instead of fences of their own.
final class SpinLock {

    private static final int SPINS = 100;
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
        int spins = 0;
        do {
            while ((int) HELD.getOpaque(this) != 0) {
                if (++spins % SPINS == 0) {
                    Thread.yield(); // the holder may have lost its processor
                } else {
                    Thread.onSpinWait();
                }
            }
        } while (!HELD.compareAndSet(this, 0, 1));
    }
}
