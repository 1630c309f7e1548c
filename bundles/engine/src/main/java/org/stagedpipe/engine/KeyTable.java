package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.LockSupport;

/// The requests of some keys of one group that are in the pipelines, by key and in submit order.
///
/// A hash table whose entries are the requests themselves: a bucket leads to the last request of each of its keys, and
/// from there the links lead to the earlier ones. A key without requests leaves nothing behind.
///
/// A request enters a marked stage when the one before it has left that stage or ended. That one has entered in its turn
/// behind all earlier ones, so nobody looks further. No thread waits for ever: requests are begun in submit order, and the
/// earliest one of a group never waits.
final class KeyTable<D, R> {

    private static final int FEWEST_BUCKETS = 8;

    private final KeyOrder<D, R> order;
    private final Figures<D, R> figures;
    private final SpinLock lock = new SpinLock();
    private @Nullable KeyedRequest<D, R>[] buckets = newBuckets(FEWEST_BUCKETS);
    private int size;

    KeyTable(KeyOrder<D, R> order, Figures<D, R> figures) {
        this.order = order;
        this.figures = figures;
    }

    /// Whether one more request of that key may come in.
    boolean mayAdd(KeyedRequest<D, R> request) {
        if (order.depth() == 0) {
            return true;
        }
        lock.lock();
        try {
            KeyedRequest<D, R> last = last(request);
            return last == null || last.depth < order.depth();
        } finally {
            lock.unlock();
        }
    }

    /// Adds the request behind those of its key, in the order of the calls. False if there are too many.
    boolean add(KeyedRequest<D, R> request) {
        lock.lock();
        try {
            KeyedRequest<D, R> last = last(request);
            if (last == null) {
                request.depth = 1;
                link(request);
                if (++size > buckets.length) {
                    grow();
                }
                return true;
            }
            if (order.depth() > 0 && last.depth >= order.depth()) {
                return false;
            }
            replace(last, request);
            request.earlier = last;
            last.later = request;
            request.depth = last.depth + 1;
            request.dooming = last.dooming;
            request.doomed = last.dooming;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Waits until it is the request's turn to enter that stage. False if it is cancelled, late or doomed instead.
    boolean await(KeyedRequest<D, R> request, long bit) {
        if (request.earlier == null
                || mayEnter(request, bit, false)) { // it is the first one for good
            return true;
        }
        long began = System.nanoTime();
        figures.parked.incrementAndGet();
        try {
            while (!mayEnter(request, bit, true)) {
                if (request.doomed || request.isCancelled()) {
                    return false;
                }
                LockSupport.park(this);
                Thread.interrupted(); // what it was meant for is looked at above
            }
            return true;
        } finally {
            forgetWaiter(request);
            figures.parked.decrementAndGet();
            figures.barrierWait.record(System.nanoTime() - began);
        }
    }

    private boolean mayEnter(KeyedRequest<D, R> request, long bit, boolean wait) {
        lock.lock();
        try {
            request.waiter = wait ? Thread.currentThread() : null;
            KeyedRequest<D, R> before = request.earlier;
            return before == null || (before.passed & bit) != 0;
        } finally {
            lock.unlock();
        }
    }

    private void forgetWaiter(KeyedRequest<D, R> request) {
        lock.lock();
        try {
            request.waiter = null;
        } finally {
            lock.unlock();
        }
    }

    /// The request has left that stage. Whoever comes behind it after the look at that sees that it has.
    @SuppressWarnings("NonAtomicVolatileUpdate") // its thread is the only writer
    void pass(KeyedRequest<D, R> request, long bit) {
        request.passed |= bit;
        if (request.later == null) {
            return;
        }
        lock.lock();
        try {
            wake(request.later);
        } finally {
            lock.unlock();
        }
    }

    /// The request leaves the pipelines; its key is forgotten if it was the last one. Harmless if repeated.
    void end(KeyedRequest<D, R> request, boolean failed) {
        lock.lock();
        try {
            if (request.ended) {
                return;
            }
            request.ended = true;
            if (failed && order.stopOnFault() && !request.doomed) {
                doom(request);
            }
            countDown(request);
            unlink(request);
        } finally {
            lock.unlock();
        }
    }

    private void doom(KeyedRequest<D, R> failed) {
        failed.dooming = true;
        for (KeyedRequest<D, R> next = failed.later; next != null; next = next.later) {
            next.doomed = true;
            next.dooming = true;
            wake(next);
        }
    }

    private void countDown(KeyedRequest<D, R> request) {
        if (order.depth() > 0) {
            KeyedRequest<D, R> last = request;
            while (last.later != null) {
                last = last.later;
            }
            last.depth--;
        }
    }

    private void unlink(KeyedRequest<D, R> request) {
        KeyedRequest<D, R> before = request.earlier;
        KeyedRequest<D, R> after = request.later;
        if (before != null) {
            before.later = after;
        }
        if (after != null) {
            after.earlier = before;
            wake(after);
        } else if (before != null) {
            replace(request, before);
            before.depth = request.depth;
            before.dooming |= request.dooming;
        } else {
            remove(request);
            size--;
        }
        if (before != null) {
            request.earlier = null;
        }
        if (after != null) {
            request.later = null;
        }
    }

    private void wake(@Nullable KeyedRequest<D, R> waiting) {
        if (waiting != null && waiting.waiter != null) {
            LockSupport.unpark(waiting.waiter);
        }
    }

    private @Nullable KeyedRequest<D, R> last(KeyedRequest<D, R> request) {
        KeyedRequest<D, R> last = buckets[request.hash() & buckets.length - 1];
        while (last != null && !last.hasKeyOf(request)) {
            last = last.chain;
        }
        return last;
    }

    private void link(KeyedRequest<D, R> request) {
        int bucket = request.hash() & buckets.length - 1;
        request.chain = buckets[bucket];
        buckets[bucket] = request;
    }

    private void replace(KeyedRequest<D, R> old, KeyedRequest<D, R> last) {
        last.chain = old.chain;
        hang(old, last);
        old.chain = null;
    }

    private void remove(KeyedRequest<D, R> last) {
        hang(last, last.chain);
        last.chain = null;
    }

    /// Puts another one, or the rest of the chain, where that one hangs.
    @SuppressWarnings("ReferenceEquality") // that very one
    private void hang(KeyedRequest<D, R> old, @Nullable KeyedRequest<D, R> instead) {
        int bucket = old.hash() & buckets.length - 1;
        KeyedRequest<D, R> link = buckets[bucket];
        if (link == old) {
            buckets[bucket] = instead;
            return;
        }
        while (link != null && link.chain != old) {
            link = link.chain;
        }
        if (link != null) {
            link.chain = instead;
        }
    }

    private void grow() {
        @Nullable KeyedRequest<D, R>[] old = buckets;
        buckets = newBuckets(old.length * 2);
        for (KeyedRequest<D, R> first : old) {
            KeyedRequest<D, R> last = first;
            while (last != null) {
                KeyedRequest<D, R> next = last.chain;
                link(last);
                last = next;
            }
        }
    }

    /// How many keys have requests in the pipelines.
    int size() {
        lock.lock();
        try {
            return size;
        } finally {
            lock.unlock();
        }
    }

    int buckets() {
        return buckets.length;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    private static <D, R> @Nullable KeyedRequest<D, R>[] newBuckets(int length) {
        return new KeyedRequest[length];
    }
}
