package org.stagedpipe.console.command;

import org.stagedpipe.protocol.v1.RolloutEntry;

import java.time.Instant;

/// Shows a program how a rollout goes: a line of JSON for each state, step and quarter of a step.
final class RolloutLines extends ProgressView {

    private final ConsoleContext context;
    private String shown = "";

    RolloutLines(ConsoleContext context) {
        super(context);
        this.context = context;
    }

    @Override
    void rollout(RolloutEntry rollout) {
        String mark = RolloutPace.of(rollout, Instant.now()).mark();
        if (!mark.equals(shown)) {
            shown = mark;
            context.printJsonLine(RolloutView.of(rollout));
        }
    }

    @Override
    boolean isRead() {
        return !context.io().hasOutEnough();
    }
}
