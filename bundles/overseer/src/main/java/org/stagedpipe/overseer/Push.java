package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A version on its way to the workers, beside what they hold. Owned by [Rollout]; whoever waits for the workers looks at
/// whether it was given up.
final class Push {

    private final PluginVersion version;
    private final Needs needs;
    private final String rollout;
    private final Set<String> workers;
    private final Set<Push> beside = ConcurrentHashMap.newKeySet();
    private volatile @Nullable String givenUp; // why nobody waits for it any more

    /// @param needs what workers must know beside it
    /// @param rollout its id; empty for a rollback, which is in no state
    /// @param workers the names of those that get it; none: all do
    Push(PluginVersion version, Needs needs, String rollout, List<String> workers) {
        this.version = version;
        this.needs = needs;
        this.rollout = rollout;
        this.workers = Set.copyOf(workers);
    }

    /// One that all workers get.
    Push(PluginVersion version, Needs needs, String rollout) {
        this(version, needs, rollout, List.of());
    }

    boolean isRollback() {
        return rollout.isEmpty();
    }

    PluginVersion version() {
        return version;
    }

    Needs needs() {
        return needs;
    }

    /// The names of the workers that get it; empty if all do.
    Set<String> workers() {
        return workers;
    }

    boolean isTo(String worker) {
        return workers.isEmpty() || workers.contains(worker);
    }

    /// Another one is on its way at the same time, so that nobody knows which of them ends a worker.
    void meets(Push other) {
        beside.add(other);
        other.beside.add(this);
    }

    /// The other one is through. It has ended none of its workers then, but for a rollback, which is through with the first that is
    /// ready.
    void acquits(Push other) {
        if (!other.isRollback()) {
            beside.remove(other);
        }
    }

    /// The other versions that were on their way to that worker, and may have ended it as well as this one.
    List<String> beside(String worker) {
        return beside.stream()
                .filter(other -> other.isTo(worker) && !other.version.equals(version))
                .map(other -> other.version.toString())
                .distinct()
                .sorted()
                .toList();
    }

    /// Sees whether the catalogue says that its rollout was given up.
    void look(Catalogue catalogue) {
        catalogue
                .rollout(rollout)
                .filter(record -> record.state() == RolloutState.ROLLED_BACK)
                .map(RolloutRecord::text)
                .ifPresent(text -> givenUp = text);
    }

    /// Why its rollout was given up; null if it was not.
    @Nullable String givenUp() {
        return givenUp;
    }
}
