package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.protocol.v1.VersionOutcomes;

import java.time.Duration;
import java.util.Locale;

/// What is to be done about a canary.
///
/// @param text why, for people
record Verdict(Kind kind, String text) {

    enum Kind {
        /// Too early to say.
        WAIT,
        /// It is as good as the old one.
        HELD,
        /// It fails more often than it may.
        BROKEN
    }

    /// @param old how items of the old version ended meanwhile
    /// @param tried how those of the new one did
    /// @param passed since it is tried
    static Verdict of(
            CanaryPolicy policy, VersionOutcomes old, VersionOutcomes tried, Duration passed) {
        long items = tried.getOk() + tried.getFailed();
        String figures =
                String.format(
                        Locale.ROOT,
                        "%d of %d items failed, %d of %d on the old version",
                        tried.getFailed(),
                        items,
                        old.getFailed(),
                        old.getOk() + old.getFailed());
        if (items < policy.minItems()) {
            return new Verdict(Kind.WAIT, figures);
        }
        if (rate(tried) - rate(old) > policy.maxErrorRate()) {
            return new Verdict(Kind.BROKEN, figures);
        }
        return new Verdict(passed.compareTo(policy.hold()) < 0 ? Kind.WAIT : Kind.HELD, figures);
    }

    private static double rate(VersionOutcomes outcomes) {
        long items = outcomes.getOk() + outcomes.getFailed();
        return items == 0 ? 0 : (double) outcomes.getFailed() / items;
    }
}
