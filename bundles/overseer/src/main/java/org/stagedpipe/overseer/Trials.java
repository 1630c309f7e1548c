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
    private final Map<String, Trial> trials = new ConcurrentHashMap<>(); // by the rollouts' ids

    /// @param nanos monotonic
    Trials(Nodes nodes, LongSupplier nanos) {
        this.nodes = nodes;
        this.nanos = nanos;
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
    }

    /// What a worker says that cannot start the version, empty if none does.
    String failure(RolloutRecord tried) {
        return nodes.failure(Wire.of(tried.to()));
    }

    Duration passed(Trial trial) {
        return Duration.ofNanos(nanos.getAsLong() - trial.sinceNanos());
    }

    /// What a version's items have come to since.
    VersionOutcomes since(VersionOutcomes start) {
        return Tally.minus(nodes.outcomes(start.getPlugin()), start);
    }
}
