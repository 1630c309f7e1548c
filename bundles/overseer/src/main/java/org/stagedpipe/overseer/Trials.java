package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.protocol.v1.VersionOutcomes;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/// What was so when this overseer began to watch a canary's step, for each of them. Safe for use by many threads.
final class Trials {

    private final Nodes nodes;
    private final LongSupplier nanos;
    private final Duration lease;
    private final Map<String, Trial> trials = new ConcurrentHashMap<>(); // by the rollouts' ids

    private final Map<String, Long> deserted = new ConcurrentHashMap<>(); // since when, the same

    /// @param nanos monotonic
    /// @param lease of members
    Trials(Nodes nodes, LongSupplier nanos, Duration lease) {
        this.nodes = nodes;
        this.nanos = nanos;
        this.lease = lease;
    }

    /// @param old what the old version's items had come to
    /// @param now the same of the new one
    record Trial(int step, long sinceNanos, VersionOutcomes old, VersionOutcomes now) {}

    /// What is counted from the beginning of the rollout's step on, as far as this overseer has seen it.
    Trial of(RolloutRecord tried) {
        return trials.compute(
                tried.id(),
                (id, known) ->
                        known == null || known.step() != tried.step() ? begun(tried) : known);
    }

    private Trial begun(RolloutRecord tried) {
        PluginVersion from = tried.from();
        return new Trial(
                tried.step(),
                nanos.getAsLong(),
                from == null ? VersionOutcomes.getDefaultInstance() : nodes.outcomes(Wire.of(from)),
                nodes.outcomes(Wire.of(tried.to())));
    }

    /// A pause has ended; it counts neither as held nor as waited.
    void resumed(String id) {
        trials.computeIfPresent(
                id,
                (key, trial) ->
                        new Trial(trial.step(), nanos.getAsLong(), trial.old(), trial.now()));
    }

    /// Forgets all others.
    void keep(Predicate<String> ids) {
        trials.keySet().removeIf(ids.negate());
        deserted.keySet().removeIf(ids.negate());
    }

    /// What a worker says that cannot start the version, or that for two leases none was here that has it; empty if neither is so.
    String failure(RolloutRecord tried) {
        String failure = nodes.failure(Wire.of(tried.to()));
        return failure.isEmpty() ? desertion(tried) : failure;
    }

    /// Its groups have nowhere to run then: no other worker takes the place of those that it may have killed.
    private String desertion(RolloutRecord tried) {
        if (tried.workers().isEmpty() || nodes.hasAny(tried.workers())) {
            deserted.remove(tried.id());
            return "";
        }
        long since = deserted.computeIfAbsent(tried.id(), id -> nanos.getAsLong());
        return nanos.getAsLong() - since < 2 * lease.toNanos()
                ? ""
                : "no worker that has it is here any more (expected: at least one of "
                        + String.join(", ", tried.workers())
                        + ")";
    }

    Duration passed(Trial trial) {
        return Duration.ofNanos(nanos.getAsLong() - trial.sinceNanos());
    }

    /// What a version's items have come to since.
    VersionOutcomes since(VersionOutcomes start) {
        return Tally.minus(nodes.outcomes(start.getPlugin()), start);
    }
}
