package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.VersionOutcomes;

/// A rollout as JSON shows it.
record RolloutView(
        String id,
        String plugin,
        String from,
        String to,
        int canaryPercent,
        String state,
        String text,
        String operator,
        @Nullable String started,
        @Nullable String changed,
        long oldItems,
        long oldFailed,
        long newItems,
        long newFailed) {

    static RolloutView of(RolloutEntry rollout) {
        return new RolloutView(
                rollout.getId(),
                rollout.getTo().getName(),
                rollout.getFrom().getVersion(),
                rollout.getTo().getVersion(),
                rollout.getCanary().getPercent(),
                rollout.getState(),
                rollout.getText(),
                rollout.getOperator(),
                Values.time(rollout.getStartedMs()),
                Values.time(rollout.getChangedMs()),
                items(rollout.getOld()),
                rollout.getOld().getFailed(),
                items(rollout.getNew()),
                rollout.getNew().getFailed());
    }

    /// How it goes, in one line.
    String line() {
        String what = "rollout " + id + " of " + plugin + " " + to + ": " + state;
        return state.equals("canary") || state.equals("paused")
                ? what
                        + ", "
                        + newFailed
                        + " of "
                        + newItems
                        + " items failed, "
                        + oldFailed
                        + " of "
                        + oldItems
                        + " on "
                        + from
                : what + ", " + text;
    }

    private static long items(VersionOutcomes outcomes) {
        return outcomes.getOk() + outcomes.getFailed();
    }
}
