package org.stagedpipe.worker;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Notices that stages compute for so long on all processors that no other virtual thread has its turn: groups of other plugins
/// wait then, and what they wait for would be seen nowhere. Asked again and again by one thread, a platform one.
final class Starvation {

    private static final Logger LOG = LoggerFactory.getLogger(Starvation.class);
    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Executor virtual;
    private final LongSupplier nanoTime;
    private long askedNanos;
    private volatile boolean answered = true;
    private boolean starves;

    /// @param virtual runs a task on a virtual thread
    Starvation(Executor virtual, LongSupplier nanoTime) {
        this.virtual = virtual;
        this.nanoTime = nanoTime;
    }

    /// Whether no virtual thread has had its turn for long; says so once.
    boolean look() {
        long waited = nanoTime.getAsLong() - askedNanos;
        if (answered) {
            if (starves) {
                LOG.info("virtual threads have their turn again, after {} s", seconds(waited));
            }
            starves = false;
            answered = false;
            askedNanos = nanoTime.getAsLong();
            virtual.execute(() -> answered = true);
        } else if (!starves && waited > LONG_NANOS) {
            starves = true;
            LOG.warn(
                    "no virtual thread has had its turn for {} s: stages compute on all processors"
                            + " and the others wait (expected of such plugins:"
                            + " Options.withPlatformThreads)",
                    seconds(waited));
        }
        return starves;
    }

    private static long seconds(long nanos) {
        return TimeUnit.NANOSECONDS.toSeconds(nanos);
    }
}
