package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.VersionOutcomes;

import java.util.Locale;

/// A rollout as JSON shows it.
record RolloutView(
        String id,
        String plugin,
        String from,
        String to,
        int step,
        int steps,
        int percent,
        boolean gated,
        String state,
        String text,
        String operator,
        @Nullable String started,
        @Nullable String changed,
        long oldItems,
        long oldFailed,
        double oldMeanMs,
        long newItems,
        long newFailed,
        double newMeanMs) {

    static RolloutView of(RolloutEntry rollout) {
        return new RolloutView(
                rollout.getId(),
                rollout.getTo().getName(),
                rollout.getFrom().getVersion(),
                rollout.getTo().getVersion(),
                rollout.getStep(),
                rollout.hasCanary() ? 1 + rollout.getCanary().getFurtherPercentsCount() : 0,
                rollout.getPercent(),
                rollout.getCanary().getGated(),
                rollout.getState(),
                rollout.getText(),
                rollout.getOperator(),
                Values.time(rollout.getStartedMs()),
                Values.time(rollout.getChangedMs()),
                items(rollout.getOld()),
                rollout.getOld().getFailed(),
                meanMs(rollout.getOld()),
                items(rollout.getNew()),
                rollout.getNew().getFailed(),
                meanMs(rollout.getNew()));
    }

    /// How it goes, in one line.
    String line() {
        String what = "rollout " + id + " of " + plugin + " " + to + ": " + state;
        if (percent == 0) {
            return what + ", " + text;
        }
        return String.format(
                Locale.ROOT,
                "%s, step %d of %d with %d %% of new groups, %d of %d items failed at %.1f ms,"
                        + " %d of %d at %.1f ms on %s%s",
                what,
                step,
                steps,
                percent,
                newFailed,
                newItems,
                newMeanMs,
                oldFailed,
                oldItems,
                oldMeanMs,
                from,
                state.equals("waiting") ? "; go on with rollout approve " + id : "");
    }

    private static double meanMs(VersionOutcomes outcomes) {
        return outcomes.getTimedItems() == 0
                ? 0
                : outcomes.getTimedUs() / 1e3 / outcomes.getTimedItems();
    }

    private static long items(VersionOutcomes outcomes) {
        return outcomes.getOk() + outcomes.getFailed();
    }
}
