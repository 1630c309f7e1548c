package org.stagedpipe.itests.faults;

import org.stagedpipe.protocol.v1.Progress;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Waits for one step of an update in what the overseer says to whoever publishes. [#isNow] belongs to the thread that
/// hears it; the others may ask when that is over.
final class UpdateSteps {

    /// The steps in the order in which the overseer says them, up to the one after which all is done.
    static final List<String> ALL =
            List.of("upload", "verify", "resolve", "store", "rollout", "push", "commit", "route");

    /// All steps in turns, in any order: each comes once before any comes again. For one thread.
    static final class Turns {

        private final List<String> left = new ArrayList<>(ALL);

        /// The next one.
        UpdateSteps next(RandomGenerator random) {
            if (left.isEmpty()) {
                left.addAll(ALL);
            }
            return new UpdateSteps(left.remove(random.nextInt(left.size())));
        }

        /// Those that came in this turn, the last one among them.
        List<String> covered() {
            return ALL.stream().filter(step -> !left.contains(step)).toList();
        }
    }

    private final String step;
    private volatile String hit = ""; // what came first of that step and those after it

    /// @param step one of [#ALL]
    UpdateSteps(String step) {
        if (!ALL.contains(step)) {
            throw new IllegalArgumentException(step + " (expected: one of " + ALL + ")");
        }
        this.step = step;
    }

    /// Whether the update is at the step for the first time, or beyond it. True once.
    boolean isNow(Progress progress) {
        if (!hit.isEmpty()
                || progress.hasResult()
                || ALL.indexOf(progress.getStep()) < ALL.indexOf(step)) {
            return false;
        }
        hit = progress.getStep();
        return true;
    }

    /// The round shows nothing unless the fault came at this very step; says at which it came.
    void mustHit(Round round) {
        String came = hit;
        round.mustHit(
                came.isEmpty()
                        ? "the update was over before step " + step
                        : "it came at step " + came + " (expected: " + step + ")",
                () -> came.equals(step));
    }

    /// Where [#isNow] was true; empty if it never was.
    String hit() {
        return hit;
    }

    @Override
    public String toString() {
        return "step " + step;
    }
}
