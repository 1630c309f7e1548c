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

    /// The few slowest do not count: the first items of any version are slow.
    private static final double PERCENTILE = 0.95;

    private static final int LEAST_TIMED = 20;

    enum Kind {
        /// Too early to say.
        WAIT,
        /// It is as good as the old one.
        HELD,
        /// Too few items came for too long to say.
        OVERDUE,
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
            return isOverdue(policy, passed)
                    ? new Verdict(Kind.OVERDUE, overdue(policy, tried))
                    : new Verdict(Kind.WAIT, failures);
        }
        if (rate(tried) - rate(old) > thresholds.maxErrorRate()) {
            return new Verdict(Kind.BROKEN, failures);
        }
        if (isSlow(thresholds, old, tried)) {
            return new Verdict(
                    Kind.BROKEN,
                    String.format(
                            Locale.ROOT,
                            "19 of 20 items take up to %.1f ms, %.1f ms on the old version",
                            Latency.ms(tried, PERCENTILE),
                            Latency.ms(old, PERCENTILE)));
        }
        return passed.compareTo(policy.hold()) < 0
                ? new Verdict(Kind.WAIT, failures)
                : new Verdict(Kind.HELD, failures + unjudged(thresholds, old, tried));
    }

    private static String failures(VersionOutcomes old, VersionOutcomes tried) {
        return String.format(
                Locale.ROOT,
                "%d of %d items failed%s, %d of %d on the old version",
                tried.getFailed(),
                items(tried),
                refused(tried),
                old.getFailed(),
                items(old));
    }

    /// Where the reason is to be found: of an item its client knows it, of a group that does not open perhaps nobody who reads this.
    private static String refused(VersionOutcomes tried) {
        long groups = tried.getRefusedGroups();
        return groups == 0
                ? ""
                : " (for " + groups + " of them a group did not open, see the workers' logs)";
    }

    private static boolean isSlow(
            CanaryPolicy.Thresholds thresholds, VersionOutcomes old, VersionOutcomes tried) {
        if (thresholds.maxLatencyFactor() == 0 || timed(old, tried) < leastTimed(thresholds)) {
            return false;
        }
        double oldMs = Latency.ms(old, PERCENTILE);
        double triedMs = Latency.ms(tried, PERCENTILE);
        return triedMs > oldMs * thresholds.maxLatencyFactor() && triedMs - oldMs > UNSEEN_MS;
    }

    /// What was asked for and could not be judged, for want of items: the step goes on, as a plugin may have no other traffic.
    private static String unjudged(
            CanaryPolicy.Thresholds thresholds, VersionOutcomes old, VersionOutcomes tried) {
        long timed = timed(old, tried);
        long least = leastTimed(thresholds);
        if (thresholds.maxLatencyFactor() == 0 || timed >= least) {
            return "";
        }
        return "; latency not judged: only "
                + timed
                + " of "
                + least
                + " items of the "
                + (old.getTimedItems() == timed ? "old" : "new")
                + " version";
    }

    private static long leastTimed(CanaryPolicy.Thresholds thresholds) {
        return Math.max(LEAST_TIMED, thresholds.minItems());
    }

    /// Of the version with fewer of them.
    private static long timed(VersionOutcomes old, VersionOutcomes tried) {
        return Math.min(old.getTimedItems(), tried.getTimedItems());
    }

    private static boolean isOverdue(CanaryPolicy policy, Duration passed) {
        return !policy.maxWait().isZero() && passed.compareTo(policy.maxWait()) >= 0;
    }

    private static String overdue(CanaryPolicy policy, VersionOutcomes tried) {
        return "only "
                + items(tried)
                + " of "
                + policy.thresholds().minItems()
                + " items came within "
                + policy.maxWait().toSeconds()
                + " s";
    }

    private static double rate(VersionOutcomes outcomes) {
        return (double) outcomes.getFailed() / Math.max(1, items(outcomes));
    }

    private static long items(VersionOutcomes outcomes) {
        return outcomes.getOk() + outcomes.getFailed();
    }
}
