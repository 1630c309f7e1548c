package org.stagedpipe.cluster.catalogue;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/// A new version's way to the groups.
///
/// @param id unique in the catalogue
/// @param from what new groups got before; null if the plugin was new
/// @param to what new groups are to get
/// @param canary how it is tried first; null: all new groups get it at once
/// @param state where it is
/// @param step of the canary, from 0
/// @param workers the names of those that have it while it is pushed and tried, and no others; empty: all do
/// @param publication what the version's history gets once the first workers are ready, so that another overseer can go on; null
///     after that, and if an overseer of a version before began it
/// @param timeout for the workers of a step to make it ready; 0: the overseer's own
/// @param text why it is there, for people; what is beyond 1,000 characters is left out
/// @param operator who wants it, for people
/// @param request with which that one's program asked for it, so that it finds it again; empty if it does not
/// @param startedMs since 1970, UTC
/// @param changedMs when it came into the state, since 1970, UTC
public record RolloutRecord(
        String id,
        @Nullable PluginVersion from,
        PluginVersion to,
        @Nullable CanaryPolicy canary,
        RolloutState state,
        int step,
        List<String> workers,
        @Nullable Publication publication,
        Duration timeout,
        String text,
        String operator,
        String request,
        long startedMs,
        long changedMs) {

    private static final int MAX_TEXT = 1_000; // workers say it, and each change writes all of them

    /// @throws IllegalArgumentException if a canary has nothing to be compared with, or not that many steps
    public RolloutRecord {
        workers = state.isEnd() ? List.of() : List.copyOf(workers);
        publication = state == RolloutState.PUSHING ? publication : null;
        text = text.substring(0, Math.min(text.length(), MAX_TEXT));
        if (canary != null && from == null) {
            throw new IllegalArgumentException(
                    to + " is new: no version to compare a canary with (expected: an update)");
        }
        if (step < 0 || step >= (canary == null ? 1 : canary.percents().size())) {
            throw new IllegalArgumentException(
                    "step: " + step + " (expected: one of " + canary + ")");
        }
    }

    /// One that all workers have.
    public RolloutRecord(
            String id,
            @Nullable PluginVersion from,
            PluginVersion to,
            @Nullable CanaryPolicy canary,
            RolloutState state,
            int step,
            String text,
            String operator,
            long startedMs,
            long changedMs) {
        this(id, from, to, canary, state, step, List.of(), text, operator, startedMs, changedMs);
    }

    /// One that another overseer does not push on.
    public RolloutRecord(
            String id,
            @Nullable PluginVersion from,
            PluginVersion to,
            @Nullable CanaryPolicy canary,
            RolloutState state,
            int step,
            List<String> workers,
            String text,
            String operator,
            long startedMs,
            long changedMs) {
        this(
                id,
                from,
                to,
                canary,
                state,
                step,
                workers,
                null,
                Duration.ZERO,
                text,
                operator,
                "",
                startedMs,
                changedMs);
    }

    /// The same while these workers have it; none: all do.
    public RolloutRecord on(List<String> names) {
        return with(state, step, names, text, changedMs);
    }

    /// The same after the event.
    ///
    /// @throws IllegalStateException if it may not happen in this state
    public RolloutRecord after(RolloutState.Event event, String why, long nowMs) {
        RolloutState next =
                state.after(event)
                        .orElseThrow(() ->
                                new IllegalStateException(
                                        "rollout " + id + ": " + event + " in state " + state));
        int nextStep = event == RolloutState.Event.NEXT ? step + 1 : step;
        return with(next, nextStep, workers, why, nowMs);
    }

    private RolloutRecord with(
            RolloutState next, int nextStep, List<String> names, String why, long nowMs) {
        return new RolloutRecord(
                id,
                from,
                to,
                canary,
                next,
                nextStep,
                names,
                publication,
                timeout,
                why,
                operator,
                request,
                startedMs,
                nowMs);
    }

    /// Whether it is what that request has begun, with those bytes.
    public boolean isOf(String asked, String sha256) {
        return !asked.isEmpty() && request.equals(asked) && to.sha256().equals(sha256);
    }

    /// Whether there is a step after this one.
    public boolean hasNext() {
        return canary != null && canary.hasNext(step);
    }

    /// The share of new groups that gets the new version beside the old one; 0 for none.
    public int percent() {
        return canary == null || !state.isTried() ? 0 : canary.percents().get(step);
    }
}
