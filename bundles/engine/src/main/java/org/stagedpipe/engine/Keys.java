package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.LockSupport;

/// The requests of one group that are in the pipelines, by key and in submit order.
///
/// A request enters a marked stage when the one before it has left that stage or ended. That one has entered in its turn
/// behind all earlier ones, so nobody looks further. A request is begun when the one before it was, so whoever waits at a
/// stage waits for one that is at work: the earliest one of a key never waits.
///
/// Submitters and pipeline threads meet here only where requests of one key meet: to add takes the lock, which is the
/// submitter's most of the time, and a request that is alone in its key passes and ends without it.
final class Keys<D, R> {

    /// Places of the table that are counted under one lock.
    private static final int SIZED_AT_ONCE = 256;

    /// With a higher depth the requests of a key share a count. With a lower one the last of them has it: to walk there costs
    /// less than a line of memory that submitters and pipeline threads write in turns.
    static final int MOST_WALKED = 16;

    /// So long a thread waits for the one before to begin: more than a run takes.
    private static final long PATIENCE_NANOS = 1_000_000;

    private final KeyOrder<D, R> order;
    private final Figures<D, R> figures;
    private final SpinLock lock;
    private final Positions<D, R> positions = new Positions<>();
    private final KeyTable<D, R> table = new KeyTable<>(positions);

    /// @param lock of the submitters; also taken here
    Keys(KeyOrder<D, R> order, SpinLock lock, Figures<D, R> figures) {
        this.order = order;
        this.lock = lock;
        this.figures = figures;
    }

    KeyOrder<D, R> order() {
        return order;
    }

    /// The segment that the next requests are put into; by the lock.
    void append(Segment<D, R> segment) {
        positions.append(segment);
    }

    /// Whether one more request of that key may come in.
    boolean mayAdd(KeyedRequest<D, R> request) {
        if (order.depth() == 0) {
            return true;
        }
        lock.lock();
        try {
            KeyedRequest<D, R> last = table.last(table.place(request));
            return last == null || last.depth() < order.depth();
        } finally {
            lock.unlock();
        }
    }

    /// Adds the request behind those of its key, in the order of the calls; by the lock, and it has to be in its segment before
    /// the next one is added and the lock is given back. False if its key has too many.
    ///
    /// @param position how many the group accepted before
    boolean add(KeyedRequest<D, R> request, long position) {
        table.makeRoom();
        int place = table.place(request);
        KeyedRequest<D, R> last = table.last(place);
        if (last != null && order.depth() > 0 && last.depth() >= order.depth()) {
            return false;
        }
        request.position = position;
        request.depth = 1;
        if (last != null && last.precede(request)) {
            request.earlier = last;
            if (order.depth() > MOST_WALKED) {
                request.countWith(last);
            } else {
                request.depth = last.depth + 1;
            }
            request.dooming = last.dooming;
            request.doomed = last.dooming;
        }
        table.put(place, request);
        return true;
    }

    /// Waits until it is the request's turn to enter that stage. False if it is cancelled, late or doomed instead.
    boolean await(KeyedRequest<D, R> request, long bit) {
        if (request.earlier == null
                || mayEnter(request, bit, false)) { // it is the first one for good
            return true;
        }
        long began = startWaiting();
        try {
            while (!mayEnter(request, bit, true)) {
                if (request.doomed || request.isCancelled()) {
                    return false;
                }
                LockSupport.park(this);
                Thread.interrupted(); // what it was meant for is looked at above and below
            }
            return !request.isCancelled(); // its turn may have come by the same cancel
        } finally {
            stopWaiting(request, began);
        }
    }

    /// Begins the request once the one before it of its key is begun, which may be behind a slow one in another thread's run. False
    /// if it is not after a while. True for one that is cancelled or doomed, too: it enters no stage, and is not begun if that one is not.
    boolean begin(KeyedRequest<D, R> request) {
        if (!isNext(request) && !awaitBegin(request)) {
            return false;
        }
        if (isNext(request)) {
            request.begin();
        }
        return true;
    }

    private boolean awaitBegin(KeyedRequest<D, R> request) {
        long began = startWaiting();
        try {
            long left = PATIENCE_NANOS;
            while (left > 0) {
                // Who passes a marked stage, or ends, wakes it; who begins does not.
                waiter(request, Thread.currentThread());
                if (isNext(request) || request.doomed || request.isCancelled()) {
                    return true;
                }
                LockSupport.parkNanos(this, left);
                Thread.interrupted();
                left = began + PATIENCE_NANOS - System.nanoTime();
            }
            return isNext(request);
        } finally {
            stopWaiting(request, began);
        }
    }

    private static boolean isNext(KeyedRequest<?, ?> request) {
        KeyedRequest<?, ?> before = request.earlier;
        return before == null || before.isBegun();
    }

    private long startWaiting() {
        figures.parked.incrementAndGet();
        return System.nanoTime();
    }

    private void stopWaiting(KeyedRequest<D, R> request, long began) {
        waiter(request, null);
        figures.parked.decrementAndGet();
        figures.barrierWait.record(System.nanoTime() - began);
    }

    /// Whether it is its turn. If not and it is to wait, its thread is woken when that may have changed.
    boolean mayEnter(KeyedRequest<D, R> request, long bit, boolean wait) {
        lock.lock();
        try {
            request.waiter = wait ? Thread.currentThread() : null;
            KeyedRequest<D, R> before = request.earlier;
            return before == null || (before.passed & bit) != 0;
        } finally {
            lock.unlock();
        }
    }

    private void waiter(KeyedRequest<D, R> request, @Nullable Thread thread) {
        lock.lock();
        try {
            request.waiter = thread;
        } finally {
            lock.unlock();
        }
    }

    /// The request has left that stage. Whoever comes behind it after the look at that sees that it has.
    @SuppressWarnings("NonAtomicVolatileUpdate") // its thread is the only writer
    void pass(KeyedRequest<D, R> request, long bit) {
        request.passed |= bit;
        if (request.later() == null) {
            return;
        }
        lock.lock();
        try {
            wake(request.later());
        } finally {
            lock.unlock();
        }
    }

    /// The request leaves the pipelines; its key is forgotten if it was the last one. Harmless if repeated.
    void end(KeyedRequest<D, R> request, boolean failed) {
        if (!request.endAlone()) {
            endAmongOthers(request, failed);
        }
        if (request.straggling) {
            forget(request);
        }
    }

    private void endAmongOthers(KeyedRequest<D, R> request, boolean failed) {
        lock.lock();
        try {
            if (request.isOver()) {
                return;
            }
            if (failed && order.stopOnFault() && !request.doomed) {
                doom(request);
            }
            if (order.depth() > 0) { // else nobody asks, and the chain has no bound
                countDown(request);
            }
            unlink(request);
        } finally {
            lock.unlock();
        }
    }

    private void forget(KeyedRequest<D, R> request) {
        lock.lock();
        try {
            positions.forget(request);
        } finally {
            lock.unlock();
        }
    }

    private void doom(KeyedRequest<D, R> failed) {
        failed.dooming = true;
        for (KeyedRequest<D, R> next = failed.later(); next != null; next = next.later()) {
            next.doomed = true;
            next.dooming = true;
            wake(next);
        }
    }

    private void countDown(KeyedRequest<D, R> request) {
        if (order.depth() > MOST_WALKED) {
            request.countDown();
            return;
        }
        KeyedRequest<D, R> last = request;
        for (KeyedRequest<D, R> next = request; next != null; next = next.later()) {
            last = next;
        }
        last.depth--;
    }

    private void unlink(KeyedRequest<D, R> request) {
        KeyedRequest<D, R> before = request.earlier;
        KeyedRequest<D, R> after = request.later();
        if (after == null && before != null) {
            table.replace(request, before);
            before.depth = request.depth;
            before.dooming |= request.dooming;
        }
        request.end();
        if (before != null) {
            before.later(after);
            request.earlier = null;
        }
        if (after != null) {
            after.earlier = before;
            wake(after);
        }
    }

    private void wake(@Nullable KeyedRequest<D, R> waiting) {
        if (waiting != null && waiting.waiter != null) {
            LockSupport.unpark(waiting.waiter);
        }
    }

    /// How many keys have requests in the pipelines; about, if submitters go on meanwhile: they wait for a part of the count
    /// only.
    int size() {
        int size = 0;
        int from = 0;
        int length = length();
        while (from < length) {
            lock.lock();
            try {
                length = table.length();
                size += table.size(from, Math.min(length, from + SIZED_AT_ONCE));
            } finally {
                lock.unlock();
            }
            from += SIZED_AT_ONCE;
        }
        return size;
    }

    /// What the table could hold.
    int length() {
        lock.lock();
        try {
            return table.length();
        } finally {
            lock.unlock();
        }
    }

    /// How many segments it can find requests in.
    int segments() {
        lock.lock();
        try {
            return positions.length();
        } finally {
            lock.unlock();
        }
    }

    /// Requests that are kept apart from their segments.
    int stragglers() {
        lock.lock();
        try {
            return positions.stragglers();
        } finally {
            lock.unlock();
        }
    }
}
