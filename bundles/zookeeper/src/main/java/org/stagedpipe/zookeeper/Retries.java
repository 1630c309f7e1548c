package org.stagedpipe.zookeeper;

import org.apache.curator.RetryPolicy;
import org.apache.curator.RetrySleeper;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Tries again for a while after the first failure. Not by the wall clock alone, as Curator's own policies do: one that was set back would
/// keep whoever asks waiting for as much longer. Safe for use by many threads.
final class Retries implements RetryPolicy {

    private static final Duration WITHIN = Duration.ofSeconds(4);
    private static final long PAUSE_MS = 50;

    private final LongSupplier nanos;
    private final ThreadLocal<Long> failed =
            ThreadLocal.withInitial(() -> 0L); // of this thread's call, first

    /// @param nanos monotonic
    Retries(LongSupplier nanos) {
        this.nanos = nanos;
    }

    @Override
    public boolean allowRetry(int before, long elapsedMs, RetrySleeper sleeper) {
        long now = nanos.getAsLong();
        if (before == 0) {
            failed.set(now);
        }
        if (elapsedMs >= WITHIN.toMillis() || now - failed.get() >= WITHIN.toNanos()) {
            return false;
        }
        try {
            sleeper.sleepFor(PAUSE_MS, TimeUnit.MILLISECONDS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
