package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/// The requests of one group that are in the pipelines, by key and in submit order.
///
/// A request enters a marked stage when the one before it has left that stage or ended. That one has entered in its turn
/// behind all earlier ones, so nobody looks further. A request is begun when the one before it was, so whoever waits at a
/// stage waits for one that is at work: the earliest one of a key never waits. One that comes too early is put off, and goes
/// back to its group's inlet when the one before it begins, passes a marked stage, fails or leaves.
///
/// ```
///   added ── begin ──▶ begun ── pass, for each marked stage ──▶ end: over
///     └ too early ──▶ put off ── the one before begins, passes, fails or leaves ──▶ in the inlet again
/// ```
///
/// Submitters and pipeline threads meet here only where requests of one key meet: the table is the submitters', by their lock, and
/// each chain of requests has a lock that few others share. A request that is alone in its key passes and ends without any.
final class Keys<D, R> {

    /// Places of the table that are counted under one lock.
    private static final int SIZED_AT_ONCE = 256;

    /// With a higher depth the requests of a key share a count. With a lower one the last of them has it: to walk there costs
    /// less than a line of memory that submitters and pipeline threads write in turns.
    static final int MOST_WALKED = 16;

    /// How often a thread looks whether the one before has begun, with a moment between: another thread may come to that at once.
    private static final int LOOKS = 4;

    private static final int LINK_LOCKS = 64;

    private final KeyOrder<D, R> order;
    private final Figures<D, R> figures;
    private final SpinLock lock;

    /// For the links between requests of one key, by its hash; taken after the submitters' lock, if that is needed too.
    private final SpinLock[] linkLocks = new SpinLock[LINK_LOCKS];

    private final Positions<D, R> positions = new Positions<>();
    private final KeyTable<D, R> table = new KeyTable<>(positions);

    /// @param lock of the submitters; also taken here
    Keys(KeyOrder<D, R> order, SpinLock lock, Figures<D, R> figures) {
        this.order = order;
        this.lock = lock;
        this.figures = figures;
        Arrays.setAll(linkLocks, i -> new SpinLock());
    }

    private SpinLock linkLock(KeyedRequest<D, R> request) {
        return linkLocks[request.hash() & LINK_LOCKS - 1];
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
            return last == null || hasRoom(last);
        } finally {
            lock.unlock();
        }
    }

    private boolean hasRoom(KeyedRequest<D, R> last) {
        SpinLock links = linkLock(last);
        links.lock();
        try {
            return last.depth() < order.depth();
        } finally {
            links.unlock();
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
        request.position = position;
        request.depth = 1;
        if (last != null && !follow(last, request)) {
            return false;
        }
        table.put(place, request);
        return true;
    }

    /// Puts the request behind the last one of its key, if that has not left meanwhile. False if the key has too many.
    private boolean follow(KeyedRequest<D, R> last, KeyedRequest<D, R> request) {
        SpinLock links = linkLock(request);
        links.lock();
        try {
            if (order.depth() > 0 && last.depth() >= order.depth()) {
                return false;
            }
            if (order.depth() > MOST_WALKED) {
                last.prepareToCount(); // nothing after it needs memory
            }
            if (last.precede(request)) {
                request.earlier = last;
                if (order.depth() > MOST_WALKED) {
                    request.countWith(last);
                } else {
                    request.depth = last.depth + 1;
                }
                request.dooming = last.dooming;
                request.doomed = last.dooming;
            }
            return true;
        } finally {
            links.unlock();
        }
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

    /// Begins the request if the one before it of its key is begun, which may be behind a slow one in another thread's run. False
    /// if it is not. True for one that is cancelled or doomed, too: it enters no stage, and is not begun if that one is not.
    boolean begin(KeyedRequest<D, R> request) {
        if (!isNextSoon(request)) {
            return request.doomed || request.isCancelled();
        }
        request.begin();
        // No fence comes before it: what it misses comes back when the request passes or ends.
        resumeLater(request);
        return true;
    }

    private static boolean isNextSoon(KeyedRequest<?, ?> request) {
        for (int look = 0; look < LOOKS; look++) {
            if (isNext(request)) {
                return true;
            }
            Distance.pause();
        }
        return isNext(request);
    }

    /// Puts the request off, alone in that run, until the one before it has begun or left: it is given back to its inlet then. False
    /// if there is nothing to wait for now.
    boolean putOff(KeyedRequest<D, R> request, Run<D, R> run) {
        SpinLock links = linkLock(request);
        links.lock();
        try {
            boolean waits = !isNext(request) && !request.doomed && !request.isCancelled();
            if (waits) {
                request.putOff = run;
            }
            return waits;
        } finally {
            links.unlock();
        }
    }

    /// Whoever comes behind it may go on.
    private void resumeLater(KeyedRequest<D, R> request) {
        if (request.later() == null) {
            return;
        }
        SpinLock links = linkLock(request);
        Run<D, R> resumed = null;
        links.lock();
        try {
            KeyedRequest<D, R> later = request.later();
            if (later != null) {
                wake(later);
                resumed = later.takePutOff(null);
            }
        } finally {
            links.unlock();
        }
        giveBack(request, resumed);
    }

    private static <D, R> void giveBack(KeyedRequest<D, R> of, @Nullable Run<D, R> runs) {
        if (runs != null) {
            of.owner().inlet().giveBack(runs);
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
        waitNoMore(request);
        figures.parked.decrementAndGet();
        figures.barrierWait.record(System.nanoTime() - began);
    }

    /// Whether it is its turn. If not and it is to wait, its thread is woken when that may have changed.
    boolean mayEnter(KeyedRequest<D, R> request, long bit, boolean wait) {
        SpinLock links = linkLock(request);
        links.lock();
        try {
            request.waiter = wait ? Thread.currentThread() : null;
            KeyedRequest<D, R> before = request.earlier;
            return before == null || (before.passed & bit) != 0;
        } finally {
            links.unlock();
        }
    }

    private void waitNoMore(KeyedRequest<D, R> request) {
        SpinLock links = linkLock(request);
        links.lock();
        try {
            request.waiter = null;
        } finally {
            links.unlock();
        }
    }

    /// The request has left that stage. Whoever comes behind it after the look at that sees that it has.
    @SuppressWarnings("NonAtomicVolatileUpdate") // its thread is the only writer
    void pass(KeyedRequest<D, R> request, long bit) {
        request.passed |= bit;
        resumeLater(request);
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
        SpinLock links = linkLock(request);
        Run<D, R> resumed = null;
        boolean isLast;
        links.lock();
        try {
            isLast = request.later() == null && request.earlier != null;
            if (!isLast) {
                resumed = leave(request, failed);
            }
        } finally {
            links.unlock();
        }
        if (isLast) {
            resumed = endLast(request, failed);
        }
        giveBack(request, resumed);
    }

    /// The one before it becomes the last one of its key, in the table as well.
    private @Nullable Run<D, R> endLast(KeyedRequest<D, R> request, boolean failed) {
        SpinLock links = linkLock(request);
        lock.lock();
        try {
            links.lock();
            try {
                return leave(request, failed);
            } finally {
                links.unlock();
            }
        } finally {
            lock.unlock();
        }
    }

    /// By the lock of its chain, and by the submitters' if it is the last one of several. Answers what was put off and need not wait
    /// any longer.
    private @Nullable Run<D, R> leave(KeyedRequest<D, R> request, boolean failed) {
        if (request.isOver()) {
            return null;
        }
        boolean dooms = failed && order.stopOnFault() && !request.doomed;
        if (dooms) {
            doom(request);
        }
        if (order.depth() > 0) { // else nobody asks, and the chain has no bound
            countDown(request);
        }
        return unlink(request, dooms);
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

    /// Answers what was put off behind it: of the next one, or, if it dooms them, of all.
    private @Nullable Run<D, R> unlink(KeyedRequest<D, R> request, boolean dooms) {
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
        Run<D, R> resumed = null; // taken last, as a wake may fail
        for (KeyedRequest<D, R> next = after; next != null; next = dooms ? next.later() : null) {
            resumed = next.takePutOff(resumed);
        }
        return resumed;
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
