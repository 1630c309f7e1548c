package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

/// Hands out in submit order: walks the same segments that the inlet fills, behind the pipelines.
///
/// Holding results back needs no memory of its own, and what is held is bounded by the window.
final class OrderedOutlet<D, R> extends Outlet<D, R> {

    private Segment<D, R> segment;
    private int index;

    /// The one before it; the inlet has left that for sure, as it went on to take from this one.
    private @Nullable Segment<D, R> before;

    /// What the consumer waits for; null if that is not submitted yet.
    private volatile @Nullable EngineRequest<D, R> awaited;

    OrderedOutlet(Segment<D, R> first) {
        segment = first;
    }

    @Override
    void started(Run<D, R> run) {
        // the consumer comes by
    }

    @Override
    void left(Segment<D, R> segment) {
        // the consumer still goes that way
    }

    @Override
    @Nullable EngineRequest<D, R> next() {
        EngineRequest<D, R> request = peek();
        if (request == null || !request.isFinished()) {
            return null;
        }
        segment.clear(index++);
        return request;
    }

    @Override
    boolean hasNext() {
        awaited = null; // before the look at the slot: what comes into it meanwhile is for it
        EngineRequest<D, R> request = peek();
        if (request == null) {
            return false;
        }
        awaited = request; // the volatile store comes before the look at the request
        return request.isFinished();
    }

    @Override
    boolean hasLeft(Inlet<D, R> inlet, long delivered) {
        return inlet.hasLeft(delivered); // what comes behind it is for later
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // that very request
    boolean isAwaited(EngineRequest<D, R> finished) {
        EngineRequest<D, R> head = awaited;
        return head == null || head == finished;
    }

    private @Nullable EngineRequest<D, R> peek() {
        if (index == Segment.LENGTH) {
            Segment<D, R> next = segment.next();
            if (next == null) {
                return null;
            }
            if (before != null) {
                before.cutOff(); // it would keep this one alive once both are old
            }
            before = segment;
            segment = next;
            index = 0;
        }
        return segment.get(index);
    }
}
