package org.stagedpipe.worker.part;

import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Sends on a stream at the peer's pace: a thread that may wait sends, the transport's thread wakes it.
final class Outlet {

    private final Call<WorkResponse> call;
    private final ReentrantLock lock = new ReentrantLock(); // a monitor wakes two threads more
    private final Condition change = lock.newCondition();
    private volatile boolean ended;

    Outlet(Call<WorkResponse> call) {
        this.call = call;
    }

    /// Sends, once the transport takes it. Does nothing if the stream has ended.
    void send(WorkResponse message) throws InterruptedException {
        if (!call.isReady() || ended) {
            lock.lockInterruptibly();
            try {
                while (!ended && !call.isReady()) {
                    change.await();
                }
                if (ended) {
                    return;
                }
            } finally {
                lock.unlock();
            }
        }
        call.send(message);
    }

    /// The transport may take more.
    void ready() {
        lock.lock();
        try {
            change.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// The stream has ended; nobody waits for it any more.
    void end() {
        ended = true;
        ready();
    }
}
