package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Waits until something holds, at most half a minute.
final class Until {

    private static final long PATIENCE_NANOS = 30_000_000_000L;
    private static final long LOOK_NANOS = 1_000_000L;

    private Until() {}

    static void holds(BooleanSupplier condition, Supplier<String> otherwise) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                fail(otherwise.get());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }
}
