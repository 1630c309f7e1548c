package org.stagedpipe.engine;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// How much of a group may be in flight: accepted and not delivered yet. Nothing behind it can overflow, so no pipeline
/// ever waits for a consumer.
final class Window {

    private final int limit;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /// Written by the consumer only.
    private volatile long delivered;

    /// Whether a submitter waits for room.
    private volatile boolean awaited;

    /// Whether one of those waits for its key, so that each request that leaves may be what it waits for.
    private volatile boolean awaitedByKey;

    /// Whether an offer was refused and nobody has been told of room since.
    private volatile boolean refused;

    Window(int limit) {
        this.limit = limit;
    }

    /// Whether one more fits when so many were accepted before.
    boolean hasRoom(long accepted) {
        return accepted - delivered < limit;
    }

    long delivered() {
        return delivered;
    }

    /// The consumer has delivered so many more.
    @SuppressWarnings("NonAtomicVolatileUpdate") // the consumer is the only writer
    void release(int requests) {
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
