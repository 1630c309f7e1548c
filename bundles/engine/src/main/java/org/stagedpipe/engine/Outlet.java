package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/// Where finished requests of one group go out to its one consumer.
///
/// Bounded by the group's window, so pipeline threads never wait here. The consumer says that it waits, looks once more
/// and parks; a pipeline thread publishes, passes a fence and looks whether the consumer waits.
abstract sealed class Outlet<D, R> permits OrderedOutlet, UnorderedOutlet {

    private static final VarHandle WAITER;

    static {
        try {
            WAITER = MethodHandles.lookup().findVarHandle(Outlet.class, "waiter", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile @Nullable Thread waiter;

    /// By the pipeline's thread: the first request of the run is finished.
    abstract void started(Run<D, R> run);

    /// By the inlet: it has gone on from that segment to the next one.
    abstract void left(Segment<D, R> segment);

    /// By the consumer: the next finished request, which leaves the outlet, or null.
    abstract @Nullable EngineRequest<D, R> next();

    /// By the consumer: whether [#next()] has something.
    abstract boolean hasNext();

    /// By the watch: whether there is something for the consumer, or in its hands, after so many were delivered.
    abstract boolean hasLeft(Inlet<D, R> inlet, long delivered);

    /// By the pipeline's thread: whether the consumer can go on now that this is finished.
    abstract boolean isAwaited(EngineRequest<D, R> finished);

    /// By the pipeline's thread, after the fence that follows the request's end.
    final void finished(EngineRequest<D, R> request) {
        Thread consumer = waiter;
        if (consumer != null && isAwaited(request)) {
            wake(consumer);
        }
    }

    /// Lets a waiting consumer look again, for another reason than a finished request.
    final void wake() {
        Thread consumer = waiter;
        if (consumer != null) {
            wake(consumer);
        }
    }

    /// Wakes the consumer that was seen to wait. Not if another thread has woken it since: the one that may wait by now has
    /// looked after that, and must not lose its own wake-up.
    final void wake(Thread consumer) {
        if (WAITER.compareAndSet(this, consumer, null)) {
            LockSupport.unpark(consumer);
        }
    }

    /// Whether the consumer waits for something to be finished.
    final boolean isAwaited() {
        return waiter != null;
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
