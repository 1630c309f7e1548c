package org.stagedpipe.cluster.catalogue;

import java.time.Duration;
import java.util.List;

/// How a new version is tried on a growing part of the workers and of the new groups.
///
/// @param percents of new groups, and of the workers that have it for them, one for each step, growing, each 1 to 99
/// @param firstWorkers how many workers have it in the first step; 0: as many as the first percentage says
/// @param thresholds what the new version must not break in any step
/// @param hold how long each step lasts at least
/// @param gated whether an operator has to approve the end of each step
/// @param maxWait for how long a step may lack the items to judge it by; then the new version is given up; 0: no end
public record CanaryPolicy(
        List<Integer> percents,
        int firstWorkers,
        Thresholds thresholds,
        Duration hold,
        boolean gated,
        Duration maxWait) {

    private static final int MAX_PERCENT = 99;
    private static final Duration MAX_HOLD = Duration.ofDays(7);

    /// What a new version is judged by, against the old one on the same traffic.
    ///
    /// @param maxErrorRate by how much its share of failed items may be above the old version's, 0 to 1
    /// @param maxLatencyFactor how many times as long as on the old version its items may take at the 95th
    ///     percentile; 0: not judged
    /// @param minItems how many items it must have processed in a step before it is judged, 0 or more
    public record Thresholds(double maxErrorRate, double maxLatencyFactor, int minItems) {

        /// @throws IllegalArgumentException with the value and what was expected
        public Thresholds {
            if (!(maxErrorRate >= 0 && maxErrorRate <= 1)) {
                throw new IllegalArgumentException(
                        "max error rate: " + maxErrorRate + " (expected: 0 to 1)");
            }
            if (!(maxLatencyFactor == 0 || maxLatencyFactor >= 1)) {
                throw new IllegalArgumentException(
                        "max latency factor: "
                                + maxLatencyFactor
                                + " (expected: 1 or more, or 0 for none)");
            }
            if (minItems < 0) {
                throw new IllegalArgumentException(
                        "min items: " + minItems + " (expected: 0 or more)");
            }
        }
    }

    /// @throws IllegalArgumentException with the value and what was expected
    public CanaryPolicy {
        percents = List.copyOf(percents);
        int before = 0;
        for (int percent : percents) {
            if (percent <= before || percent > MAX_PERCENT) {
                throw new IllegalArgumentException(
                        "percents: " + percents + " (expected: growing, 1 to " + MAX_PERCENT + ")");
            }
            before = percent;
        }
        if (percents.isEmpty()) {
            throw new IllegalArgumentException("percents: none (expected: at least one)");
        }
        if (firstWorkers < 0) {
            throw new IllegalArgumentException(
                    "first workers: " + firstWorkers + " (expected: 0 or more)");
        }
        check("hold", hold);
        check("max wait", maxWait);
    }

    private static void check(String name, Duration value) {
        if (value.isNegative() || value.compareTo(MAX_HOLD) > 0) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: 0 to " + MAX_HOLD + ")");
        }
    }

    /// One whose steps wait for their items without an end.
    public CanaryPolicy(
            List<Integer> percents, Thresholds thresholds, Duration hold, boolean gated) {
        this(percents, 0, thresholds, hold, gated, Duration.ZERO);
    }

    /// How many workers have it in that step, at least one.
    ///
    /// @param all workers
    public int workers(int step, int all) {
        return step == 0 && firstWorkers > 0
                ? Math.min(firstWorkers, all)
                : (all * percents.get(step) + MAX_PERCENT) / 100;
    }

    /// Whether there is a step after this one; the first is 0.
    public boolean hasNext(int step) {
        return step + 1 < percents.size();
    }
}
