package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.protocol.v1.VersionOutcomes;

import java.time.Duration;
import java.util.Locale;

/// What is to be done about a canary.
///
/// @param text why, for people
record Verdict(Kind kind, String text) {

    /// A difference that a new version may have whatever the factor: its code has not been compiled yet.
    private static final double UNSEEN_MS = 5;

    enum Kind {
        /// Too early to say.
        WAIT,
        /// It is as good as the old one.
        HELD,
        /// It fails more often than it may, or takes longer.
        BROKEN
    }

    /// @param old how items of the old version ended meanwhile
    /// @param tried how those of the new one did
    /// @param passed since it is tried
    static Verdict of(
            CanaryPolicy policy, VersionOutcomes old, VersionOutcomes tried, Duration passed) {
        CanaryPolicy.Thresholds thresholds = policy.thresholds();
        String failures = failures(old, tried);
        if (items(tried) < thresholds.minItems()) {
            return new Verdict(Kind.WAIT, failures);
        }
        if (rate(tried) - rate(old) > thresholds.maxErrorRate()) {
            return new Verdict(Kind.BROKEN, failures);
        }
        if (isSlow(thresholds, old, tried)) {
            return new Verdict(
                    Kind.BROKEN,
                    String.format(
                            Locale.ROOT,
                            "an item takes %.1f ms, %.1f ms on the old version",
                            meanMs(tried),
                            meanMs(old)));
        }
        return new Verdict(passed.compareTo(policy.hold()) < 0 ? Kind.WAIT : Kind.HELD, failures);
    }

    private static String failures(VersionOutcomes old, VersionOutcomes tried) {
        return String.format(
                Locale.ROOT,
                "%d of %d items failed, %d of %d on the old version",
                tried.getFailed(),
                items(tried),
                old.getFailed(),
                items(old));
    }

    private static boolean isSlow(
            CanaryPolicy.Thresholds thresholds, VersionOutcomes old, VersionOutcomes tried) {
        long least = Math.max(1, thresholds.minItems());
        return thresholds.maxLatencyFactor() > 0
                && old.getTimedItems() >= least
                && tried.getTimedItems() >= least
                && meanMs(tried) > meanMs(old) * thresholds.maxLatencyFactor()
                && meanMs(tried) - meanMs(old) > UNSEEN_MS;
    }

    private static double meanMs(VersionOutcomes outcomes) {
        return outcomes.getTimedUs() / 1e3 / Math.max(1, outcomes.getTimedItems());
    }

    private static double rate(VersionOutcomes outcomes) {
        return (double) outcomes.getFailed() / Math.max(1, items(outcomes));
    }

    private static long items(VersionOutcomes outcomes) {
        return outcomes.getOk() + outcomes.getFailed();
    }
}
