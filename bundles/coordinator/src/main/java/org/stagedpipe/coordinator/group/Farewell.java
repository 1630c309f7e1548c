package org.stagedpipe.coordinator.group;

import java.time.Duration;
import java.util.function.LongSupplier;

/// How long a worker that is to end takes for its last answers.
final class Farewell {

    /// Silences that it may take in all, as if it had not read that it is to end.
    private static final int MOST_SILENCES = 10;

    private final LongSupplier nanoTime;
    private long heardNanos; // when it answered last, or was told
    private long toldNanos;

    /// @param nanoTime a clock, ns
    Farewell(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /// It is told to end.
    void begin() {
        toldNanos = nanoTime.getAsLong();
        heardNanos = toldNanos;
    }

    /// It answered.
    void heard() {
        heardNanos = nanoTime.getAsLong();
    }

    /// Whether it has said nothing for so long, or goes on for ten times that.
    boolean isLate(Duration silence) {
        long now = nanoTime.getAsLong();
        return now - heardNanos >= silence.toNanos()
                || now - toldNanos >= MOST_SILENCES * silence.toNanos();
    }
}
