package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A stretch of a group's requests in submit order, and the link to the next one.
///
/// A slot is written once by a submitter under the inlet's lock and cleared by the consumer.
final class Segment<D, R> {

    static final int LENGTH = 256;

    private static final VarHandle SLOT =
            MethodHandles.arrayElementVarHandle(EngineRequest[].class);

    private final long number;
    private final @Nullable EngineRequest<D, R>[] slots;

    /// An object of its own, as others read the segment's fields for each request.
    private final AtomicInteger left;

    private volatile @Nullable Segment<D, R> next;

    /// The first one of its group.
    Segment() {
        this(0);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    private Segment(long number) {
        this.number = number;
        slots = new EngineRequest[LENGTH];
        left = new AtomicInteger();
    }

    /// How many segments of its group are before it.
    long number() {
        return number;
    }

    void set(int index, EngineRequest<D, R> request) {
        SLOT.setRelease(slots, index, request);
    }

    @SuppressWarnings("unchecked") // only set() and clear() write
    @Nullable EngineRequest<D, R> get(int index) {
        return (@Nullable EngineRequest<D, R>) SLOT.getAcquire(slots, index);
    }

    /// What is there, by whom claimed it.
    EngineRequest<D, R> require(int index) {
        EngineRequest<D, R> request = get(index);
        if (request == null) {
            throw new IllegalStateException("slot " + index + ": null (expected: a request)");
        }
        return request;
    }

    /// A delivered request is garbage at once, however long the segment lives.
    void clear(int index) {
        slots[index] = null;
    }

    /// So many of its requests have left the pipelines.
    void addLeft(int requests) {
        left.getAndAdd(requests);
    }

    int left() {
        return left.get();
    }

    /// Adds those of its first so many requests that have that number and have not ended.
    void find(long sequence, int length, List<EngineRequest<D, R>> found) {
        for (int i = 0; i < length; i++) {
            EngineRequest<D, R> request = get(i);
            if (request != null && request.sequence() == sequence && !request.isFinished()) {
                found.add(request);
            }
        }
    }

    @Nullable Segment<D, R> next() {
        return next;
    }

    /// The next one, by whom knows that more was put in than fits into this.
    Segment<D, R> requireNext() {
        Segment<D, R> result = next;
        if (result == null) {
            throw new IllegalStateException("next segment: null (expected: a segment)");
        }
        return result;
    }

    /// Nobody goes on from here any longer. A segment that has grown old would keep all later ones alive, and make them old.
    void cutOff() {
        next = null;
    }

    /// The one that is to be linked behind it.
    Segment<D, R> successor() {
        return new Segment<>(number + 1);
    }

    void link(Segment<D, R> successor) {
        next = successor;
    }
}
