package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.LockSupport;

/// Where finished requests of one group go out to its one consumer.
///
/// Bounded by the group's window, so pipeline threads never wait here. The consumer says that it waits, looks once more
/// and parks; a pipeline thread publishes, passes a fence and looks whether the consumer waits.
abstract sealed class Outlet<D, R> permits OrderedOutlet, UnorderedOutlet {

    private volatile @Nullable Thread waiter;

    /// By the pipeline's thread: the first request of the run is finished.
    abstract void started(Run<D, R> run);

    /// By the inlet: it has gone on from that segment to the next one.
    abstract void left(Segment<D, R> segment);

    /// By the consumer: the next finished request, which leaves the outlet, or null.
    abstract @Nullable EngineRequest<D, R> next();

    /// By the consumer: whether [#next()] has something.
    abstract boolean hasNext();

    /// By the consumer, when [#hasNext()] said yes: what [#next()] takes out.
    abstract @Nullable EngineRequest<D, R> peek();

    /// By the pipeline's thread: whether the consumer can go on now that this is finished.
    abstract boolean isAwaited(EngineRequest<D, R> finished);

    /// By the pipeline's thread, after the fence that follows the request's end.
    final void finished(EngineRequest<D, R> request) {
        if (isAwaitedNow(request)) {
            wake();
        }
    }

    /// By the pipeline's thread, after the same fence: whether the consumer waits and can go on now that this is finished.
    final boolean isAwaitedNow(EngineRequest<D, R> finished) {
        return waiter != null && isAwaited(finished);
    }

    /// Lets a waiting consumer look again, for another reason than a finished request.
    final void wake() {
        Thread consumer = waiter;
        if (consumer != null) {
            waiter = null;
            LockSupport.unpark(consumer);
        }
    }

    /// Whether the consumer waits for something to be finished.
    final boolean isAwaited() {
        return waiter != null;
    }

    /// By the consumer: says that it waits. It looks once more after this, and then withdraws or calls [#awaitWake()].
    final void announce() {
        waiter = Thread.currentThread();
    }

    /// By the consumer: it does not wait.
    final void withdraw() {
        waiter = null;
    }

    /// By the consumer that has announced itself: waits until [#wake()], also while others take what is finished.
    final void awaitWake() throws InterruptedException {
        try {
            while (waiter != null) {
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } finally {
            withdraw();
        }
    }

    /// By the consumer: waits until there may be something, or until [#wake()].
    final void await(Delivery<D, R> delivery) throws InterruptedException {
        waiter = Thread.currentThread();
        try {
            while (!hasNext() && !delivery.isEnded() && waiter != null) {
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } finally {
            waiter = null;
        }
    }
}
