package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.GroupWaits;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/// For how long each thing held a group back. Written by the group each time it settles, read by any thread: a reader may
/// see a moment counted twice or not at all, which the next one sees right.
final class Waits {

    /// What holds a group back.
    enum Limit {
        CLIENT_SENDS,
        CLIENT_READS,
        COORDINATOR_MEMORY,
        WORKERS,
        NO_WORKER
    }

    private static final long NANOS_A_MS = 1_000_000;

    private final LongSupplier nanos;
    private final AtomicLongArray totals = new AtomicLongArray(Limit.values().length);
    private volatile long since;
    private volatile @Nullable Limit now; // null before the group is open

    Waits(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /// This holds the group back from now on.
    void now(Limit limit) {
        Limit before = now;
        if (before == limit) {
            return;
        }
        long time = nanos.getAsLong();
        if (before != null) {
            int index = before.ordinal();
            totals.setRelease(index, totals.getPlain(index) + time - since);
        }
        since = time;
        now = limit;
    }

    /// What operators see of it.
    GroupWaits show() {
        return GroupWaits.newBuilder()
                .setClientSends(ms(Limit.CLIENT_SENDS))
                .setClientReads(ms(Limit.CLIENT_READS))
                .setCoordinatorMemory(ms(Limit.COORDINATOR_MEMORY))
                .setWorkers(ms(Limit.WORKERS))
                .setNoWorker(ms(Limit.NO_WORKER))
                .build();
    }

    private long ms(Limit limit) {
        long running = now == limit ? Math.max(0, nanos.getAsLong() - since) : 0;
        return (totals.getAcquire(limit.ordinal()) + running) / NANOS_A_MS;
    }
}
