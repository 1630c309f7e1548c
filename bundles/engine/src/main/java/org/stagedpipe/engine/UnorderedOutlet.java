package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Hands out in the order of completion: run by run, each in its own order as far as it is finished.
final class UnorderedOutlet<D, R> extends Outlet<D, R> {

    private static final VarHandle NEWEST;

    static {
        try {
            NEWEST =
                    MethodHandles.lookup()
                            .findVarHandle(UnorderedOutlet.class, "newest", Run.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// A stack of runs that the consumer has not seen: pipeline threads push, the consumer takes all.
    private volatile @Nullable Run<D, R> newest;

    /// What the consumer took of it and has not seen: there may be no memory to look at it.
    private @Nullable Run<D, R> unseen;

    // The runs that the consumer has seen and not delivered completely. A list by links: a late
    // consumer finds very many, and
    // takes them out at any place.
    private @Nullable RunCursor<D, R> first;
    private @Nullable RunCursor<D, R> last;

    /// The one of them that is delivered from, if it has something.
    private @Nullable RunCursor<D, R> at;

    @Override
    void started(Run<D, R> run) {
        Run<D, R> older;
        do {
            older = newest;
            run.older = older;
        } while (!NEWEST.compareAndSet(this, older, run));
    }

    @Override
    void left(Segment<D, R> segment) {
        segment.cutOff();
    }

    @Override
    @Nullable EngineRequest<D, R> next() {
        RunCursor<D, R> cursor = at;
        EngineRequest<D, R> request = cursor == null ? null : cursor.peek();
        if (request == null) {
            cursor = find();
            request = cursor == null ? null : cursor.peek();
        }
        if (cursor != null && request != null) {
            cursor.advance();
        }
        return request;
    }

    @Override
    boolean hasNext() {
        return find() != null;
    }

    /// Sees new runs, forgets delivered ones, and stops at the first one that has something.
    @SuppressWarnings("unchecked") // only started() writes
    private @Nullable RunCursor<D, R> find() {
        if (unseen == null && newest != null) {
            unseen = (Run<D, R>) NEWEST.getAndSet(this, null);
        }
        if (unseen != null) {
            see(unseen);
            unseen = null;
        }
        RunCursor<D, R> before = null;
        RunCursor<D, R> cursor = first;
        while (cursor != null && cursor.peek() == null) {
            RunCursor<D, R> next = cursor.next;
            if (cursor.isOver()) {
                cursor.next = null; // old garbage would keep all later ones alive
                link(before, next);
            } else {
                before = cursor;
            }
            cursor = next;
        }
        at = cursor;
        return cursor;
    }

    /// That one comes after the other one, or first; null for nothing.
    private void link(@Nullable RunCursor<D, R> before, @Nullable RunCursor<D, R> next) {
        if (before == null) {
            first = next;
        } else {
            before.next = next;
        }
        if (next == null) {
            last = before;
        }
    }

    /// Runs that it looks at whenever it is asked.
    int known() {
        int known = 0;
        for (RunCursor<D, R> cursor = first; cursor != null; cursor = cursor.next) {
            known++;
        }
        return known;
    }

    private void see(Run<D, R> newestOfAll) {
        RunCursor<D, R> newestSeen = null;
        RunCursor<D, R> seen = null;
        for (Run<D, R> run = newestOfAll; run != null; run = run.older) {
            RunCursor<D, R> cursor = new RunCursor<>(run);
            cursor.next = seen;
            seen = cursor;
            newestSeen = newestSeen == null ? cursor : newestSeen;
        }
        link(last, seen);
        last = newestSeen;
        Run<D, R> run = newestOfAll;
        while (run != null) {
            Run<D, R> older = run.older;
            run.older = null; // else each run would keep all earlier ones alive
            run = older;
        }
    }

    @Override
    boolean hasLeft(Inlet<D, R> inlet, long delivered) {
        return inlet.finished() > delivered;
    }

    @Override
    boolean isAwaited(EngineRequest<D, R> finished) {
        return true;
    }
}
