package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.CanaryPolicy;

import picocli.CommandLine.Option;

import java.time.Duration;

/// How `plugin update` brings a new version to the groups.
final class CanaryOptions {

    /// What the option takes.
    enum Strategy {
        /// New groups get it as soon as all workers are ready.
        all,
        /// A share of the new groups gets it first.
        canary
    }

    private static final int MAX_PERCENT = 99;

    @Option(
            names = "--strategy",
            paramLabel = "all|canary",
            defaultValue = "all",
            description =
                    "who gets the new version: all new groups at once, or a part of them first"
                            + " (default: all)")
    private Strategy strategy = Strategy.all;

    @Option(
            names = "--canary-percent",
            paramLabel = "P",
            defaultValue = "10",
            description = "canary: the part of new groups, 1 to 99 (default: 10)")
    private int percent;

    @Option(
            names = "--max-error-rate",
            paramLabel = "R",
            defaultValue = "0.05",
            description =
                    "canary: by how much the share of failed items may be above the old version's,"
                            + " 0 to 1 (default: 0.05)")
    private double maxErrorRate;

    @Option(
            names = "--hold",
            paramLabel = "DURATION",
            defaultValue = "30s",
            converter = DurationConverter.class,
            description = "canary: how long it is tried at least (default: 30s)")
    private Duration hold = Duration.ZERO;

    @Option(
            names = "--min-items",
            paramLabel = "N",
            defaultValue = "20",
            description = "canary: how many items it must have processed (default: 20)")
    private int minItems;

    @Option(names = "--no-wait", description = "canary: return once it has begun")
    private boolean noWait;

    @Option(names = "--dry-run", description = "check only, change nothing")
    private boolean dryRun;

    boolean isDryRun() {
        return dryRun;
    }

    boolean isAwaited() {
        return !noWait;
    }

    /// Null for all at once.
    ///
    /// @throws UsageException if a value cannot be used
    @Nullable CanaryPolicy policy() {
        if (strategy == Strategy.all) {
            return null;
        }
        if (percent < 1 || percent > MAX_PERCENT) {
            throw new UsageException("--canary-percent: " + percent + " (expected: 1 to 99)");
        }
        if (!(maxErrorRate >= 0 && maxErrorRate <= 1)) {
            throw new UsageException("--max-error-rate: " + maxErrorRate + " (expected: 0 to 1)");
        }
        if (minItems < 1) {
            throw new UsageException("--min-items: " + minItems + " (expected: 1 or more)");
        }
        return CanaryPolicy.newBuilder()
                .setPercent(percent)
                .setMaxErrorRate(maxErrorRate)
                .setHoldMs((int) Math.min(Integer.MAX_VALUE, hold.toMillis()))
                .setMinItems(minItems)
                .build();
    }
}
