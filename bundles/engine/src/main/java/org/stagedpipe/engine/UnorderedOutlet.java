package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

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

    /// The runs that the consumer has seen and not delivered completely, at most one a pipeline thread and one more.
    private final List<RunCursor<D, R>> runs = new ArrayList<>();

    /// The one of them that is delivered from, if it has something.
    private int at;

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
        if (at >= runs.size() && !hasNext()) {
            return null;
        }
        RunCursor<D, R> cursor = runs.get(at);
        EngineRequest<D, R> request = cursor.peek();
        if (request == null) {
            if (!hasNext()) {
                return null;
            }
            cursor = runs.get(at);
            request = cursor.peek();
        }
        cursor.advance();
        return request;
    }

    /// Sees new runs, forgets delivered ones, and stops at the first one that has something.
    @Override
    @SuppressWarnings("unchecked") // only started() writes
    boolean hasNext() {
        if (newest != null) {
            see((Run<D, R>) NEWEST.getAndSet(this, null));
        }
        at = 0;
        while (at < runs.size()) {
            RunCursor<D, R> cursor = runs.get(at);
            if (cursor.peek() != null) {
                return true;
            }
            if (cursor.isOver()) {
                runs.remove(at);
            } else {
                at++;
            }
        }
        return false;
    }

    /// Runs that it looks at whenever it is asked.
    int known() {
        return runs.size();
    }

    private void see(@Nullable Run<D, R> run) {
        int known = runs.size();
        while (run != null) {
            runs.add(new RunCursor<>(run));
            Run<D, R> older = run.older;
            run.older = null; // else each run would keep all earlier ones alive
            run = older;
        }
        Collections.reverse(runs.subList(known, runs.size()));
    }

    @Override
    boolean isAwaited(EngineRequest<D, R> finished) {
        return true;
    }
}
