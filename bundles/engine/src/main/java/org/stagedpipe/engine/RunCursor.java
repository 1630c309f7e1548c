package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

/// How far the consumer has delivered a run. Apart from the run, and without a look at it: the thread that claims would have
/// to give up its cache line at every request.
///
/// What was split off the run is delivered here too if it is finished when the cursor comes by; the cursor of the other
/// run finds its slot empty then.
final class RunCursor<D, R> {

    /// The link of the outlet's list.
    @Nullable RunCursor<D, R> next;

    private final Run<D, R> run;
    private final Segment<D, R> segment;
    private final int end;
    private int index;

    RunCursor(Run<D, R> run) {
        this.run = run;
        this.segment = run.segment();
        this.end = run.end();
        this.index = run.first();
    }

    /// The next finished request that was not delivered, or null.
    @Nullable EngineRequest<D, R> peek() {
        while (index < end) {
            EngineRequest<D, R> request = segment.get(index);
            if (request != null) {
                return request.isFinished() ? request : null;
            }
            index++;
        }
        return null;
    }

    /// What [#peek()] answered is delivered.
    void advance() {
        segment.clear(index++);
    }

    /// Whether nothing is left to deliver here.
    boolean isOver() {
        return index == end || run.isOver(index);
    }
}
