package org.stagedpipe.engine;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// How much of a group may be in flight: accepted and not delivered yet. Nothing behind it can overflow, so no pipeline
/// ever waits for a consumer.
final class Window {

    /// The byte limit of a window that counts requests only.
    static final long UNBOUNDED = Long.MAX_VALUE;

    private static final int WIDE = 256;

    private final int limit;
    private final long byteLimit;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /// Written by the consumer only.
    private volatile long delivered;

    /// Written by the consumer only, before delivered.
    private volatile long deliveredBytes;

    /// Whether a submitter waits for room.
    private volatile boolean awaited;

    /// Whether one of those waits for its key, so that each request that leaves may be what it waits for.
    private volatile boolean awaitedByKey;

    /// Whether an offer was refused and nobody has been told of room since.
    private volatile boolean refused;

    Window(int limit, long byteLimit) {
        this.limit = limit;
        this.byteLimit = byteLimit;
    }

    /// Whether one more of that size fits when so many, and so many bytes, were accepted before. One alone always does.
    boolean hasRoom(long accepted, long acceptedBytes, int size) {
        long inFlight = accepted - delivered;
        return inFlight == 0
                || inFlight < limit
                        && (byteLimit == UNBOUNDED
                                || acceptedBytes + size - deliveredBytes <= byteLimit);
    }

    /// How many more may fit when so many, and so many bytes, were accepted before; fewer if they are large.
    int room(long accepted, long acceptedBytes) {
        long inFlight = accepted - delivered;
        boolean bytesLeft = byteLimit == UNBOUNDED || acceptedBytes - deliveredBytes <= byteLimit;
        return bytesLeft ? (int) Math.max(0, limit - inFlight) : 0;
    }

    /// Whether so many may be in flight that threads gain by a distance between them: a moment's pause is less than what it holds.
    boolean isWide() {
        return limit >= WIDE;
    }

    /// Whether requests are measured.
    boolean countsBytes() {
        return byteLimit != UNBOUNDED;
    }

    long delivered() {
        return delivered;
    }

    /// The consumer has delivered so many more, which have so many bytes.
    @SuppressWarnings("NonAtomicVolatileUpdate") // the consumer is the only writer
    void release(int requests, long bytes) {
        if (bytes > 0) {
            deliveredBytes += bytes;
        }
        delivered += requests;
        wakeSubmitters();
    }

    /// Lets those who wait look again.
    void wakeSubmitters() {
        if (awaited) {
            lock.lock();
            try {
                awaited = false;
                awaitedByKey = false;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /// A request has left the pipelines: lets those who wait for its key look again.
    void wakeKeySubmitters() {
        if (awaitedByKey) {
            wakeSubmitters();
        }
    }

    /// Waits until the condition holds, which may change when requests leave or the group closes. Also at every request that
    /// leaves the pipelines, if it waits for its key.
    void await(BooleanSupplier condition, BooleanSupplier byKey) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            announce(byKey);
            while (!condition.getAsBoolean()) {
                changed.await();
                announce(byKey);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Before the look at the condition. If room is made between the two, whoever made it sees that somebody waits.
    private void announce(BooleanSupplier byKey) {
        awaited = true;
        if (byKey.getAsBoolean()) {
            awaitedByKey = true;
        }
    }

    /// Notes that an offer found no room. The caller looks for room once more after it.
    void noteRefusal() {
        refused = true;
    }

    /// Whether somebody is owed the news that there is room; once for each refusal.
    boolean takeRefusal() {
        if (!refused) {
            return false;
        }
        refused = false;
        return true;
    }
}
