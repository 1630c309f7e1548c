package org.stagedpipe.cluster.catalogue;

import java.time.Duration;

/// How a new version is tried on a part of the new groups.
///
/// @param percent of new groups, 1 to 99
/// @param maxErrorRate by how much its share of failed items may be above the old version's, 0 to 1
/// @param hold how long it is tried at least
/// @param minItems how many items it must have processed before it is judged, at least 1
public record CanaryPolicy(int percent, double maxErrorRate, Duration hold, int minItems) {

    private static final int MAX_PERCENT = 99;
    private static final Duration MAX_HOLD = Duration.ofDays(7);

    /// @throws IllegalArgumentException with the value and what was expected
    public CanaryPolicy {
        if (percent < 1 || percent > MAX_PERCENT) {
            throw new IllegalArgumentException(
                    "canary percent: " + percent + " (expected: 1 to " + MAX_PERCENT + ")");
        }
        if (!(maxErrorRate >= 0 && maxErrorRate <= 1)) {
            throw new IllegalArgumentException(
                    "max error rate: " + maxErrorRate + " (expected: 0 to 1)");
        }
        if (hold.isNegative() || hold.compareTo(MAX_HOLD) > 0) {
            throw new IllegalArgumentException(
                    "hold: " + hold + " (expected: 0 to " + MAX_HOLD + ")");
        }
        if (minItems < 1) {
            throw new IllegalArgumentException("min items: " + minItems + " (expected: 1 or more)");
        }
    }
}
