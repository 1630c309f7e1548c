package org.stagedpipe.worker.part;

import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Sends on a stream at the peer's pace: a thread that may wait sends, the transport's thread wakes it.
///
/// What the peer does not take while memory is short goes to the disk, so that it keeps none from other groups; a thread of its own,
/// there for as long as something is on the disk, sends that.
final class Outlet {

    private final Call<WorkResponse> call;
    private final Shelf shelf;
    private final BooleanSupplier isShort;
    private final Consumer<CallException> lost;
    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock(); // a monitor wakes two threads more
    private final Condition change = lock.newCondition();
    private volatile boolean isShelved; // something is on the disk, or was and is not sent yet
    private volatile boolean ended;

    /// @param shelf its place on the disk, which it closes
    /// @param isShort whether memory is
    /// @param lost told when what is on the disk is never sent, though the stream has not ended; it ends the stream
    /// @param patience a peer that takes nothing for that long is slow
    Outlet(
            Call<WorkResponse> call,
            Shelf shelf,
            BooleanSupplier isShort,
            Consumer<CallException> lost,
            Duration patience) {
        this.call = call;
        this.shelf = shelf;
        this.isShort = isShort;
        this.lost = lost;
        this.patience = patience;
    }

    /// Sends, once the transport takes it, or leaves it on the disk. Does nothing if the stream has ended. For one thread.
    void send(WorkResponse message) throws InterruptedException {
        long begun = 0;
        while (!ended) {
            if (!isShelved && call.isReady()) {
                call.send(message);
                return;
            }
            long now = System.nanoTime();
            begun = begun == 0 ? now : begun;
            boolean isSlow = now - begun >= patience.toNanos() && isShort.getAsBoolean();
            if ((isShelved || isSlow) && shelve(message)) {
                return;
            }
            awaitChange();
        }
    }

    private void awaitChange() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (!ended && (isShelved || !call.isReady())) {
                change.awaitNanos(patience.toNanos()); // memory may become short
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean shelve(WorkResponse message) {
        if (!shelf.add(message)) {
            return false; // it waits in memory
        }
        lock.lock();
        try {
            if (!isShelved && !ended) {
                Thread.ofVirtual().name("part-spooled").start(this::sendShelved);
                isShelved = true;
            }
        } finally {
            lock.unlock();
        }
        return true;
    }

    private void sendShelved() {
        boolean isSent = false;
        try {
            while (isNextShelved()) {
                call.send(shelf.first());
                shelf.remove();
            }
            isSent = true;
        } catch (IOException e) {
            // the shelf has said so
        } finally {
            if (!isSent) { // also without memory for it, or nobody would end the part
                lose("results cannot be read from the worker's disk; its log says why");
            }
        }
    }

    private void lose(String text) {
        if (!ended) {
            lost.accept(new CallException(CallException.Kind.UNREACHABLE, text));
        }
    }

    /// Waits until the transport takes what is on the disk; false if nothing is there any more.
    private boolean isNextShelved() {
        lock.lock();
        try {
            while (!ended && !shelf.isEmpty() && !call.isReady()) {
                change.awaitUninterruptibly();
            }
            isShelved = !ended && !shelf.isEmpty();
            if (!isShelved) {
                change.signalAll();
            }
            return isShelved;
        } finally {
            lock.unlock();
        }
    }

    /// Waits until nothing is on the disk, or the stream has ended. An interrupt loses what is there: nobody waits for it any more.
    void drain() throws InterruptedException {
        try {
            awaitDrained();
        } catch (InterruptedException e) {
            if (isShelved) {
                lose("results are on the disk, and who sends them was interrupted");
            }
            throw e;
        }
    }

    private void awaitDrained() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!ended && isShelved) {
                change.await();
            }
        } finally {
            lock.unlock();
        }
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

    /// The stream has ended; nobody waits for it any more. Does not wait for the disk.
    void end() {
        ended = true;
        shelf.close();
        ready();
    }
}
