package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Predicate;

/// Neighbouring requests of one group in the hands of one pipeline thread, which claims them one after the other.
///
/// Idle threads split off the half that is not claimed yet, so no request waits behind a slow one. All of that is one
/// word:
///
/// ```
///   bit  34          33      32    31..16  15..0
///        INTERRUPTS  CLOSED  HELD  end     next
/// ```
///
/// Who holds it keeps its thread from going on to another request, and nobody from taking what is not claimed.
///
/// Each claim is a full fence: what the thread looks at after it (is the consumer waiting?) is not older than what it
/// published before it (the request finished last).
final class Run<D, R> {

    private static final long HELD = 1L << 32;
    private static final long CLOSED = 1L << 33;
    private static final long INTERRUPTS = 1L << 34; // while it is held
    private static final int END = 16;
    private static final long MASK = 0xFFFF;
    private static final VarHandle BOUNDS;

    static {
        try {
            BOUNDS = MethodHandles.lookup().findVarHandle(Run.class, "bounds", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// The link of the outlet's stack; written before the run is pushed.
    @Nullable Run<D, R> older;

    /// The link of a list of what is given back; by the inlet's lock once it is there.
    @Nullable Run<D, R> later;

    /// When a thread took it; written before others see it there.
    long takenAt;

    private final Group<D, R> group;
    private final Segment<D, R> segment;
    private final int first;
    private volatile long bounds;

    Run(Group<D, R> group, Segment<D, R> segment, int first, int end) {
        this.group = group;
        this.segment = segment;
        this.first = first;
        this.bounds = (long) end << END | first;
    }

    Group<D, R> group() {
        return group;
    }

    Segment<D, R> segment() {
        return segment;
    }

    /// Requests that nobody claimed yet.
    int rest() {
        long now = bounds;
        return end(now) - next(now);
    }

    /// The index of the next request, or -1 when none is left; the run is closed then.
    int claim() {
        while (true) {
            long now = bounds;
            if ((now & HELD) != 0) {
                Thread.onSpinWait();
            } else if (next(now) == end(now)) {
                if (BOUNDS.compareAndSet(this, now, now | CLOSED)) {
                    return -1;
                }
            } else if (BOUNDS.compareAndSet(this, now, now + 1)) {
                return next(now);
            }
        }
    }

    /// The upper half of what is not claimed as a run of its own, or null if nothing is left.
    @Nullable Run<D, R> split() {
        return split(2, 0);
    }

    /// All that is not claimed as a run of its own, or null if nothing is left.
    @Nullable Run<D, R> splitAll() {
        return split(Segment.LENGTH + 1, 0);
    }

    /// All that is not claimed but the first one as a run of its own, or null if there is one at most.
    @Nullable Run<D, R> splitBehindFirst() {
        return split(Segment.LENGTH + 1, 1);
    }

    /// Of what is not claimed one of so many parts stays, and so many requests at least.
    private @Nullable Run<D, R> split(int parts, int least) {
        while (true) {
            long now = bounds;
            int next = next(now);
            int end = end(now);
            int middle = next + Math.max((end - next) / parts, least);
            if (middle >= end) {
                return null;
            }
            long flags = now & (HELD | INTERRUPTS);
            Run<D, R> part =
                    new Run<>(group, segment, middle, end); // first: there may be no memory
            if (BOUNDS.compareAndSet(this, now, flags | (long) middle << END | next)) {
                return part;
            }
        }
    }

    /// The request claimed last, which was not begun, and all that is not claimed as a run of its own. By the thread
    /// that claims; this run is closed then.
    Run<D, R> giveBack() {
        while (true) {
            long now = bounds;
            int last = next(now) - 1;
            if ((now & HELD) != 0) {
                Thread.onSpinWait();
                continue;
            }
            Run<D, R> part = new Run<>(group, segment, last, end(now));
            if (BOUNDS.compareAndSet(this, now, CLOSED | (long) last << END | last)) {
                return part;
            }
        }
    }

    /// Whether its first request was submitted before that one's.
    boolean isBefore(Run<D, R> other) {
        long difference = segment.number() - other.segment.number();
        return difference < 0 || difference == 0 && first < other.first;
    }

    /// Interrupts the thread if the request it runs at this moment is meant. The thread cannot go on to another request
    /// in the meantime, so never the wrong one is hit. Whether it was.
    ///
    /// The interrupt comes on a thread of its own: it may last as long as the call that it is to end, where that is of a
    /// `FileChannel`, made by a virtual thread.
    boolean interrupt(Thread thread, Predicate<EngineRequest<D, R>> meant) {
        while (true) {
            long now = bounds;
            if ((now & INTERRUPTS) != 0) {
                return isMeant(now, meant); // it comes
            }
            if ((now & HELD) != 0) {
                Thread.onSpinWait();
            } else if (BOUNDS.compareAndSet(this, now, now | HELD)) {
                return interruptHeld(thread, now, meant);
            }
        }
    }

    private boolean interruptHeld(Thread thread, long now, Predicate<EngineRequest<D, R>> meant) {
        boolean hit = false;
        boolean isNews = false; // to a thread that has not heard the last one another one is none
        try {
            hit = isMeant(now, meant);
            isNews = hit && !thread.isInterrupted();
        } finally {
            if (!isNews) {
                release();
            }
        }
        if (isNews) {
            BOUNDS.getAndBitwiseOr(this, INTERRUPTS);
            interruptAndRelease(thread);
        }
        return hit;
    }

    private void interruptAndRelease(Thread thread) {
        Runnable interrupt =
                () -> {
                    try {
                        thread.interrupt();
                    } finally {
                        release();
                    }
                };
        try {
            Thread.ofPlatform().name("interrupt-" + thread.getName()).daemon().start(interrupt);
        } catch (RuntimeException | Error e) { // there cannot be another thread
            interrupt.run();
        }
    }

    private void release() {
        BOUNDS.getAndBitwiseAnd(this, ~(HELD | INTERRUPTS));
    }

    private boolean isMeant(long now, Predicate<EngineRequest<D, R>> meant) {
        EngineRequest<D, R> running = running(now);
        return running != null && meant.test(running);
    }

    /// The request claimed last, or null if it is finished or none was claimed.
    @Nullable EngineRequest<D, R> running() {
        return running(bounds);
    }

    /// Whether that is its first request, which the outlet is told of.
    @SuppressWarnings("ReferenceEquality") // that very request
    boolean beginsWith(EngineRequest<D, R> request) {
        return segment.get(first) == request;
    }

    /// How many were claimed, the one that runs included.
    int begun() {
        return next(bounds) - first;
    }

    /// The index of its first request.
    int first() {
        return first;
    }

    /// The index behind its last request, as of now: what is split off makes it less.
    int end() {
        return end(bounds);
    }

    /// Whether all its requests are finished, and all before that index are.
    boolean isOver(int index) {
        long now = bounds;
        return (now & CLOSED) != 0 && index >= end(now);
    }

    private @Nullable EngineRequest<D, R> running(long now) {
        int last = next(now) - 1;
        EngineRequest<D, R> request = last < first ? null : segment.get(last);
        return request == null || request.isFinished() ? null : request;
    }

    private static int next(long bounds) {
        return (int) (bounds & MASK);
    }

    private static int end(long bounds) {
        return (int) (bounds >>> END & MASK);
    }
}
