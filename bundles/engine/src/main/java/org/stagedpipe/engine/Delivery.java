package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// The consumer's side of a group: one consumer at a time takes what is finished, which makes room for new requests.
final class Delivery<D, R> {

    private final Inlet<D, R> inlet;
    private final Outlet<D, R> outlet;
    private final Window window;
    private final CompletableFuture<Counts> ended = new CompletableFuture<>();

    /// Held by the consumer, also while it waits.
    private final ReentrantLock turn = new ReentrantLock();

    // Written by the consumer only.
    private volatile long failed;
    private volatile long aborted;

    /// The bytes of what was counted and still takes room; by the turn.
    private long countedBytes;

    /// To the pipelines' threads; by the turn.
    private final Distance distance = new Distance();

    Delivery(Inlet<D, R> inlet, Outlet<D, R> outlet, Window window) {
        this.inlet = inlet;
        this.outlet = outlet;
        this.window = window;
    }

    /// Gives what is finished to that consumer, up to so many. Nothing if another consumer has its turn.
    int drain(Consumer<? super EngineRequest<D, R>> to, int most) {
        requireSome(most);
        if (!turn.tryLock()) {
            return 0;
        }
        try {
            return drainInTurn(to, most);
        } finally {
            turn.unlock();
        }
    }

    /// The same, waits until there is something or the group has ended; 0 then.
    int drainOrWait(Consumer<? super EngineRequest<D, R>> to, int most)
            throws InterruptedException {
        requireSome(most);
        turn.lockInterruptibly();
        try {
            distance.keep();
            int drained = drainInTurn(to, most);
            while (drained == 0 && !isEnded()) {
                outlet.await(this);
                drained = drainInTurn(to, most);
            }
            distance.found(drained, most, window.isWide());
            return drained;
        } finally {
            turn.unlock();
        }
    }

    private static void requireSome(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("most: " + most + " (expected: >= 1)");
        }
    }

    private int drainInTurn(Consumer<? super EngineRequest<D, R>> to, int most) {
        int drained = 0;
        try {
            while (drained < most) {
                EngineRequest<D, R> request = outlet.next();
                if (request == null) {
                    break;
                }
                drained++;
                count(request);
                to.accept(request);
            }
        } finally {
            if (drained > 0) {
                release(drained);
                endIfOver();
            }
        }
        return drained;
    }

    /// Gives the listener what is finished, waits for it. Room is made when the listener has returned.
    void deliverTo(GroupListener<D, R> listener, List<EngineRequest<D, R>> batch, int most)
            throws InterruptedException {
        turn.lockInterruptibly();
        try {
            distance.keep();
            while (!outlet.hasNext() && !isEnded()) {
                outlet.await(this);
            }
            EngineRequest<D, R> request = outlet.next();
            while (request != null) {
                count(request);
                batch.add(request);
                request = batch.size() < most ? outlet.next() : null;
            }
            distance.found(batch.size(), most, window.isWide());
            if (!batch.isEmpty()) {
                listener.onFinished(batch);
            }
        } finally {
            int delivered = batch.size();
            batch.clear();
            release(delivered);
            endIfOver();
            turn.unlock();
        }
    }

    /// The next outcome, or null if none is there.
    @Nullable Outcome<D> poll() {
        if (!turn.tryLock()) {
            return null;
        }
        try {
            EngineRequest<D, R> request = takeInTurn();
            return request == null ? null : request.outcome();
        } finally {
            turn.unlock();
        }
    }

    /// The next outcome, waits for it; null if the group has ended.
    @Nullable Outcome<D> take() throws InterruptedException {
        turn.lockInterruptibly();
        try {
            EngineRequest<D, R> request = takeInTurn();
            while (request == null && !isEnded()) {
                outlet.await(this);
                request = takeInTurn();
            }
            return request == null ? null : request.outcome();
        } finally {
            turn.unlock();
        }
    }

    private @Nullable EngineRequest<D, R> takeInTurn() {
        EngineRequest<D, R> request = outlet.next();
        if (request != null) {
            count(request);
            release(1);
            endIfOver();
        }
        return request;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // the consumer is the only writer
    private void count(EngineRequest<D, R> request) {
        countedBytes += request.size();
        if (request.fault() != null) {
            if (request.isAborted()) {
                aborted++;
            } else {
                failed++;
            }
        }
    }

    private void release(int requests) {
        long bytes = countedBytes;
        countedBytes = 0;
        window.release(requests, bytes);
    }

    /// Drops all to the group's end, waits for it. Not inside a consumer: what that has taken is not delivered until it
    /// returns, so the end would never come.
    void dropAll() throws InterruptedException {
        while (!turn.isHeldByCurrentThread()
                && drainOrWait(request -> {}, Integer.MAX_VALUE) > 0) {}
    }

    /// Ends the group if nothing more comes in and all that came in was delivered.
    void endIfOver() {
        if (inlet.isClosed() && inlet.accepted() == window.delivered()) {
            ended.complete(counts());
        }
    }

    boolean isEnded() {
        return ended.isDone();
    }

    CompletableFuture<Counts> ended() {
        return ended;
    }

    /// As of now; what is being delivered at this moment may be missing.
    Counts counts() {
        long delivered = window.delivered();
        long bad = Math.min(failed, delivered);
        long gone = Math.min(aborted, delivered - bad);
        return new Counts(inlet.accepted(), delivered - bad - gone, bad, gone);
    }
}
