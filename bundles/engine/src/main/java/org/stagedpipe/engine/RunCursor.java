package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

/// How far the consumer has delivered a run. Apart from the run: the two threads would take one cache line from each other
/// at every request.
final class RunCursor<D, R> {

    private final Run<D, R> run;
    private int delivered;

    /// What was claimed at the last look; a look takes the line from the thread that claims.
    private int claimed;

    RunCursor(Run<D, R> run) {
        this.run = run;
        this.delivered = run.first();
        this.claimed = run.first();
    }

    /// The next finished request that was not delivered, or null.
    @Nullable EngineRequest<D, R> peek() {
        if (delivered == claimed) {
            claimed = run.claimed();
            if (delivered == claimed) {
                return null;
            }
        }
        EngineRequest<D, R> request = run.segment().get(delivered);
        return request != null && request.isFinished() ? request : null;
    }

    /// What [#peek()] answered is delivered.
    void advance() {
        run.segment().clear(delivered++);
    }

    /// Whether all of it is delivered.
    boolean isOver() {
        return run.isOver(delivered);
    }
}
