package org.stagedpipe.console.command;

import org.stagedpipe.protocol.v1.RolloutEntry;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/// How far a rollout is at one moment.
///
/// @param rollout as the overseer says
/// @param passed since it came into its state and step, by the clocks of this machine and the overseer's
record RolloutPace(RolloutEntry rollout, Duration passed) {

    private static final int STEP_PARTS = 1_000;
    private static final int PLAIN_PARTS = 4;

    static RolloutPace of(RolloutEntry rollout, Instant now) {
        long changed = rollout.getChangedMs();
        long passed = changed == 0 ? 0 : Math.max(0, now.toEpochMilli() - changed);
        return new RolloutPace(rollout, Duration.ofMillis(passed));
    }

    /// Parts of all steps that are behind it; what a step needs beside its time is not known.
    long done() {
        return !isTried() ? 0 : (rollout.getStep() - 1L) * STEP_PARTS + stepDone(STEP_PARTS);
    }

    /// Parts of all steps.
    long total() {
        return STEP_PARTS * (1L + rollout.getCanary().getFurtherPercentsCount());
    }

    /// The same text as long as there is nothing new for who reads lines.
    String mark() {
        return String.join(
                "|",
                rollout.getState(),
                rollout.getText(),
                String.valueOf(rollout.getStep()),
                String.valueOf(stepDone(PLAIN_PARTS)));
    }

    /// For a line that stays.
    String line() {
        return RolloutView.of(rollout).line() + (isTried() ? "; " + time() : "");
    }

    /// For behind a bar, what matters most first.
    String brief() {
        String state = rollout.getState();
        if (!isTried()) {
            return state + ", " + rollout.getText();
        }
        RolloutView view = RolloutView.of(rollout);
        String before =
                switch (state) {
                    case "canary" -> isHeld() && isShort() ? "waits for items, " : "";
                    case "waiting" -> "waits for rollout approve " + view.id() + ", ";
                    case "spreading" -> "waits for the workers of the next step, ";
                    default -> state + ", ";
                };
        return before
                + String.format(
                        Locale.ROOT,
                        "step %d of %d with %d %%, %s, failed %d of %d at %.1f ms, on %s %d of %d"
                                + " at %.1f ms",
                        view.step(),
                        view.steps(),
                        view.percent(),
                        time(),
                        view.newFailed(),
                        view.newItems(),
                        view.newMeanMs(),
                        Values.orEmpty(view.from()),
                        view.oldFailed(),
                        view.oldItems(),
                        view.oldMeanMs());
    }

    private boolean isTried() {
        return rollout.getPercent() > 0;
    }

    /// Only in the state of a canary the time counts for the step.
    private String time() {
        long seconds = passed.toSeconds();
        return rollout.getState().equals("canary")
                ? "held " + seconds + " s of " + hold().toSeconds() + " s"
                : "for " + seconds + " s";
    }

    private long stepDone(int parts) {
        return switch (rollout.getState()) {
            case "canary" -> isHeld() ? parts : parts * passed.toMillis() / hold().toMillis();
            case "waiting", "spreading" -> parts;
            default -> 0;
        };
    }

    private boolean isHeld() {
        return passed.compareTo(hold()) >= 0;
    }

    private boolean isShort() {
        return RolloutView.isShortOfItems(rollout);
    }

    private Duration hold() {
        return Duration.ofMillis(Integer.toUnsignedLong(rollout.getCanary().getHoldMs()));
    }
}
