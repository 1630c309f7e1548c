package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.VersionOutcomes;

import java.util.List;
import java.util.Locale;

/// A rollout as JSON shows it.
///
/// @param from null for a plugin that was new
/// @param workers that have the version while it is tried; none: all do
/// @param waitsFor what it needs beside time to go on: items, workers, or an operator; null if nothing
/// @param oldItems in this step, as all that follow; null when it is not tried any more
record RolloutView(
        String id,
        String plugin,
        @Nullable String from,
        String to,
        int step,
        int steps,
        int percent,
        List<String> workers,
        boolean gated,
        String state,
        String text,
        @Nullable String waitsFor,
        String operator,
        @Nullable String started,
        @Nullable String changed,
        @Nullable Long oldItems,
        @Nullable Long oldFailed,
        @Nullable Double oldMeanMs,
        @Nullable Long newItems,
        @Nullable Long newFailed,
        @Nullable Double newMeanMs) {

    static RolloutView of(RolloutEntry rollout) {
        VersionOutcomes before = rollout.hasOld() ? rollout.getOld() : null;
        VersionOutcomes tried = rollout.hasNew() ? rollout.getNew() : null;
        return new RolloutView(
                rollout.getId(),
                rollout.getTo().getName(),
                Values.orNull(rollout.getFrom().getVersion()),
                rollout.getTo().getVersion(),
                rollout.getStep(),
                rollout.hasCanary() ? 1 + rollout.getCanary().getFurtherPercentsCount() : 0,
                rollout.getPercent(),
                List.copyOf(rollout.getWorkersList()),
                rollout.getCanary().getGated(),
                rollout.getState(),
                rollout.getText(),
                waitsFor(rollout),
                rollout.getOperator(),
                Values.time(rollout.getStartedMs()),
                Values.time(rollout.getChangedMs()),
                before == null ? null : items(before),
                before == null ? null : before.getFailed(),
                before == null ? null : meanMs(before),
                tried == null ? null : items(tried),
                tried == null ? null : tried.getFailed(),
                tried == null ? null : meanMs(tried));
    }

    /// How it goes, in one line.
    String line() {
        String what = "rollout " + id + " of " + plugin + " " + to + ": " + state;
        if (percent == 0) {
            return Values.plain(what + ", " + text);
        }
        return String.format(
                Locale.ROOT,
                "%s, step %d of %d with %d %% of new groups%s, %d of %d items failed at %.1f ms,"
                        + " %d of %d at %.1f ms on %s%s",
                what,
                step,
                steps,
                percent,
                onWorkers(),
                newFailed,
                newItems,
                newMeanMs,
                oldFailed,
                oldItems,
                oldMeanMs,
                Values.orEmpty(from),
                waitsFor == null ? "" : "; waits for " + waitsFor);
    }

    private String onWorkers() {
        return switch (workers.size()) {
            case 0 -> "";
            case 1 -> " on " + workers.getFirst();
            default -> " on " + workers.size() + " workers";
        };
    }

    private static @Nullable String waitsFor(RolloutEntry rollout) {
        return switch (rollout.getState()) {
            case "canary" -> isShortOfItems(rollout) ? items(rollout) : null;
            case "paused" -> "rollout resume " + rollout.getId();
            case "spreading" -> "the workers of the next step";
            case "waiting" -> "rollout approve " + rollout.getId();
            default -> null;
        };
    }

    /// Whether fewer items than its step needs came by now.
    static boolean isShortOfItems(RolloutEntry rollout) {
        return items(rollout.getNew()) < rollout.getCanary().getMinItems();
    }

    private static String items(RolloutEntry rollout) {
        long maxWaitMs = Integer.toUnsignedLong(rollout.getCanary().getMaxWaitMs());
        return "items, "
                + items(rollout.getNew())
                + " of "
                + rollout.getCanary().getMinItems()
                + " came, "
                + (maxWaitMs == 0
                        ? "until rollout approve or abort " + rollout.getId()
                        : "for at most " + maxWaitMs / 1_000 + " s");
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
