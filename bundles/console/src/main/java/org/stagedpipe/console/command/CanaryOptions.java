package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.CanaryPolicy;

import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// How `plugin update` brings a new version to the groups.
final class CanaryOptions {

    /// What the option takes.
    enum Strategy {
        /// New groups get it as soon as all workers are ready.
        all,
        /// Some workers, and a share of the new groups, get it first.
        canary,
        /// A growing part of the workers, and of the new groups, gets it.
        rolling
    }

    private static final int MAX_PERCENT = 99;
    private static final int DEFAULT_PERCENT = 10;

    /// What each option is for; the others have a meaning with any strategy.
    private static final Map<String, Set<Strategy>> USED =
            Map.of(
                    "--canary-percent", EnumSet.of(Strategy.canary),
                    "--canary-workers", EnumSet.of(Strategy.canary, Strategy.rolling),
                    "--steps", EnumSet.of(Strategy.rolling),
                    "--approve", EnumSet.of(Strategy.canary, Strategy.rolling),
                    "--max-latency-factor", EnumSet.of(Strategy.canary, Strategy.rolling),
                    "--max-error-rate", EnumSet.of(Strategy.canary, Strategy.rolling),
                    "--hold", EnumSet.of(Strategy.canary, Strategy.rolling),
                    "--min-items", EnumSet.of(Strategy.canary, Strategy.rolling),
                    "--max-wait", EnumSet.of(Strategy.canary, Strategy.rolling),
                    "--no-wait", EnumSet.of(Strategy.canary, Strategy.rolling));

    private @Nullable CommandLine command;

    @Option(
            names = "--strategy",
            paramLabel = "all|canary|rolling",
            defaultValue = "all",
            description =
                    "who gets the new version: all workers and new groups at once, a part of both"
                            + " first, or a growing part of both (default: all). With all, only a"
                            + " worker that cannot start it undoes it; for faults and latency to"
                            + " undo it take canary or rolling")
    private Strategy strategy = Strategy.all;

    @Option(
            names = "--canary-percent",
            paramLabel = "P",
            description =
                    "canary: the part of new groups, and of the workers that have it for them, 1 to"
                            + " 99 (default: 10)")
    private @Nullable Integer percent;

    @Option(
            names = "--canary-workers",
            paramLabel = "N",
            description =
                    "canary, rolling: how many workers have it until it has held, in place of"
                            + " --canary-percent or before the --steps; new groups get it by their"
                            + " share of all workers")
    private @Nullable Integer workers;

    @Option(
            names = "--steps",
            paramLabel = "P", // picocli adds that there may be more
            split = ",",
            defaultValue = "10,25,50",
            description =
                    "rolling: the parts of new groups, and of the workers that have it for them, of"
                            + " each step (default: 10,25,50)")
    private List<Integer> steps = List.of();

    @Option(
            names = "--approve",
            description = "canary, rolling: each step ends only with rollout approve")
    private boolean isGated;

    @Option(
            names = "--max-latency-factor",
            paramLabel = "F",
            defaultValue = "3",
            description =
                    "canary, rolling: how many times as long as on the old version an item may"
                            + " take, with 19 of 20 items, 0 for any (default: 3)")
    private double maxLatencyFactor;

    @Option(
            names = "--max-error-rate",
            paramLabel = "R",
            defaultValue = "0.05",
            description =
                    "canary, rolling: by how much the share of failed items may be above the old"
                            + " version's, 0 to 1 (default: 0.05)")
    private double maxErrorRate;

    @Option(
            names = "--hold",
            paramLabel = "DURATION",
            defaultValue = "30s",
            converter = DurationConverter.class,
            description = "canary, rolling: how long a step lasts at least (default: 30s)")
    private Duration hold = Duration.ZERO;

    @Option(
            names = "--min-items",
            paramLabel = "N",
            defaultValue = "20",
            description =
                    "canary, rolling: items it must have processed in a step (default: 20); how"
                        + " long they take is judged if the old version has as many in it, at least"
                        + " 20")
    private int minItems;

    @Option(
            names = "--max-wait",
            paramLabel = "DURATION",
            defaultValue = "1h",
            converter = DurationConverter.class,
            description =
                    "canary, rolling: for how long a step may lack those items; then it is rolled"
                            + " back (default: 1h)")
    private Duration maxWait = Duration.ZERO;

    @Option(names = "--no-wait", description = "canary, rolling: return once it has begun")
    private boolean noWait;

    @Option(
            names = "--dry-run",
            description =
                    "say which worker would fetch what and who would get it first, refuse what"
                            + " would be refused; change nothing")
    private boolean dryRun;

    /// Makes them options of that command.
    void addTo(CommandLine update) {
        command = update;
        update.addMixin("canary", this);
    }

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
        checkUsed();
        checkWorkers();
        if (strategy == Strategy.all || (strategy == Strategy.rolling && steps.isEmpty())) {
            return null;
        }
        CanaryPolicy.Builder policy = CanaryPolicy.newBuilder();
        if (workers != null) {
            List<Integer> further = strategy == Strategy.rolling ? steps : List.of();
            checkPercents(further);
            policy.setFirstWorkers(workers).addAllFurtherPercents(further);
        } else {
            List<Integer> percents =
                    strategy == Strategy.rolling
                            ? steps
                            : List.of(percent == null ? DEFAULT_PERCENT : percent);
            checkPercents(percents);
            policy.setPercent(percents.getFirst())
                    .addAllFurtherPercents(percents.subList(1, percents.size()));
        }
        checkThresholds();
        return policy.setMaxErrorRate(maxErrorRate)
                .setMaxLatencyFactor(maxLatencyFactor)
                .setHoldMs((int) Math.min(Integer.MAX_VALUE, hold.toMillis()))
                .setMinItems(minItems)
                .setGated(isGated)
                .setMaxWaitMs((int) Math.min(Integer.MAX_VALUE, maxWait.toMillis()))
                .build();
    }

    /// Who asks for a careful update and forgets the strategy must not get a full one.
    private void checkUsed() {
        if (command == null) {
            return;
        }
        ParseResult given = command.getParseResult();
        for (Map.Entry<String, Set<Strategy>> option : new TreeMap<>(USED).entrySet()) {
            if (given.hasMatchedOption(option.getKey()) && !option.getValue().contains(strategy)) {
                throw new UsageException(
                        option.getKey()
                                + " with --strategy "
                                + strategy
                                + " (expected: "
                                + option.getValue().stream()
                                        .map(Strategy::name)
                                        .collect(Collectors.joining(" or "))
                                + ")");
            }
        }
    }

    private void checkWorkers() {
        if (workers == null) {
            return;
        }
        if (percent != null) {
            throw new UsageException(
                    "--canary-workers and --canary-percent are both given (expected: one of them)");
        }
        if (workers < 1) {
            throw new UsageException("--canary-workers: " + workers + " (expected: 1 or more)");
        }
    }

    private void checkPercents(List<Integer> percents) {
        int before = 0;
        for (int next : percents) {
            if (next <= before || next > MAX_PERCENT) {
                throw strategy == Strategy.canary
                        ? new UsageException("--canary-percent: " + next + " (expected: 1 to 99)")
                        : new UsageException(
                                "--steps: " + percents + " (expected: growing, each 1 to 99)");
            }
            before = next;
        }
    }

    private void checkThresholds() {
        if (!(maxErrorRate >= 0 && maxErrorRate <= 1)) {
            throw new UsageException("--max-error-rate: " + maxErrorRate + " (expected: 0 to 1)");
        }
        if (!(maxLatencyFactor == 0 || maxLatencyFactor >= 1)) {
            throw new UsageException(
                    "--max-latency-factor: " + maxLatencyFactor + " (expected: 1 or more, or 0)");
        }
        if (minItems < 0) {
            throw new UsageException("--min-items: " + minItems + " (expected: 0 or more)");
        }
    }
}
