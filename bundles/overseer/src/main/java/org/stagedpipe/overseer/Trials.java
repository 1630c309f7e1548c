package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.protocol.v1.VersionOutcomes;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// What was so when this overseer began to watch a canary's step, for each of them. Safe for use by many threads.
final class Trials {

    private final Nodes nodes;
    private final LongSupplier nanos;
    private final Duration lease;
    private final Duration timeout;
    private final Map<String, Trial> trials = new ConcurrentHashMap<>(); // by the rollouts' ids

    /// @param nanos monotonic
    /// @param lease of members
    /// @param timeout for the workers of a step to make a version ready, unless its rollout says another one
    Trials(Nodes nodes, LongSupplier nanos, Duration lease, Duration timeout) {
        this.timeout = timeout;
        this.nodes = nodes;
        this.nanos = nanos;
        this.lease = lease;
    }

    /// @param old what the old version's items had come to
    /// @param now the same of the new one
    /// @param losses how often each worker had ended without leaving, or had been lost
    /// @param away since when those of the step's workers that are not ready are not, as it was looked at; safe for many threads
    record Trial(
            int step,
            long sinceNanos,
            VersionOutcomes old,
            VersionOutcomes now,
            Map<String, Integer> losses,
            Map<String, Long> away) {}

    /// The workers of a step that are not ready.
    ///
    /// @param away who may come back; all of them, if nobody is left
    /// @param gone who is not waited for any more
    record Absence(List<String> away, List<String> gone) {}

    /// How long the workers of a step have to make that version ready.
    Duration timeout(RolloutRecord of) {
        return of.timeout().isZero() ? timeout : of.timeout();
    }

    /// What is counted from the beginning of the rollout's step on, as far as this overseer has seen it.
    Trial of(RolloutRecord tried) {
        return trials.compute(
                tried.id(),
                (id, known) -> known == null || known.step() < tried.step() ? begun(tried) : known);
    }

    private Trial begun(RolloutRecord tried) {
        PluginVersion from = tried.from();
        return new Trial(
                tried.step(),
                nanos.getAsLong(),
                from == null ? VersionOutcomes.getDefaultInstance() : nodes.outcomes(Wire.of(from)),
                nodes.outcomes(Wire.of(tried.to())),
                nodes.losses(),
                new ConcurrentHashMap<>());
    }

    /// A pause has ended; it counts neither as held nor as waited.
    void resumed(String id) {
        trials.computeIfPresent(
                id,
                (key, trial) ->
                        new Trial(
                                trial.step(),
                                nanos.getAsLong(),
                                trial.old(),
                                trial.now(),
                                trial.losses(),
                                trial.away()));
    }

    /// Forgets all others.
    void keep(Predicate<String> ids) {
        trials.keySet().removeIf(ids.negate());
    }

    /// What a worker says that cannot start the version, which worker it seems to kill, or that for two leases none was here that
    /// has it; empty if nothing of that is so.
    String failure(RolloutRecord tried) {
        return Stream.of(nodes.failure(Wire.of(tried.to())), killing(tried), desertion(tried))
                .filter(failure -> !failure.isEmpty())
                .findFirst()
                .orElse("");
    }

    /// One end in a step may be chance; what kills workers that do not have the version as well is something else.
    private String killing(RolloutRecord tried) {
        Trial trial = of(tried);
        Map<String, Integer> ends = new TreeMap<>(nodes.losses());
        ends.keySet().removeAll(nodes.cordoned());
        ends.replaceAll((name, times) -> times - trial.losses().getOrDefault(name, 0));
        int most = 1;
        for (Map.Entry<String, Integer> end : ends.entrySet()) {
            if (!has(end.getKey(), tried)) {
                most = Math.max(most, end.getValue() + 1);
            }
        }
        for (Map.Entry<String, Integer> end : ends.entrySet()) {
            if (has(end.getKey(), tried) && end.getValue() > most) {
                return "worker "
                        + end.getKey()
                        + " ended without leaving, or was lost, "
                        + end.getValue()
                        + " times in this step (expected: at most "
                        + most
                        + ", one more than any worker without "
                        + tried.to()
                        + ")";
            }
        }
        return "";
    }

    private static boolean has(String worker, RolloutRecord tried) {
        return tried.workers().isEmpty() || tried.workers().contains(worker);
    }

    /// Its groups have nowhere to run then: no other worker takes the place of those that it may have killed.
    private String desertion(RolloutRecord tried) {
        Map<String, Duration> away = away(tried);
        if (away.isEmpty()
                || away.size() < tried.workers().size()
                || !away.entrySet().stream().allMatch(one -> isGone(one, tried))) {
            return "";
        }
        return (nodes.hasAny(tried.workers())
                        ? "no worker that has it is ready any more"
                        : "no worker that has it is here any more")
                + " (expected: at least one of "
                + String.join(", ", tried.workers())
                + ")";
    }

    /// Who of its workers is not ready. One that is no member, leaves, or is cordoned, is gone two leases after it was ready; one that
    /// starts after the timeout.
    Absence absence(RolloutRecord tried) {
        List<String> away = new ArrayList<>();
        List<String> gone = new ArrayList<>();
        away(tried).entrySet().forEach(one -> (isGone(one, tried) ? gone : away).add(one.getKey()));
        return tried.workers().isEmpty() || gone.size() < tried.workers().size()
                ? new Absence(away, gone)
                : new Absence(gone, List.of()); // its end is the rollout's
    }

    private boolean isGone(Map.Entry<String, Duration> away, RolloutRecord tried) {
        Duration passed = away.getValue();
        boolean isHere = nodes.hasAny(List.of(away.getKey()));
        return passed.compareTo(lease.multipliedBy(2)) >= 0
                && !(isHere && passed.compareTo(timeout(tried)) < 0);
    }

    /// For how long those of its workers that are not ready now have not been, of what was seen in this step.
    private Map<String, Duration> away(RolloutRecord tried) {
        Map<String, Long> since = of(tried).away();
        Map<String, Duration> away = new TreeMap<>();
        long now = nanos.getAsLong();
        for (String name : tried.workers()) {
            if (nodes.isReady(name)) {
                since.remove(name);
            } else {
                long begun = since.computeIfAbsent(name, any -> now);
                away.put(name, Duration.ofNanos(now - begun));
            }
        }
        return away;
    }

    Duration passed(Trial trial) {
        return Duration.ofNanos(nanos.getAsLong() - trial.sinceNanos());
    }

    /// What a version's items have come to since.
    VersionOutcomes since(VersionOutcomes start) {
        return Tally.minus(nodes.outcomes(start.getPlugin()), start);
    }
}
