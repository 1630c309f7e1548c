package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;

import java.util.List;
import java.util.Set;

/// A version on its way to the workers, beside what they hold. Owned by [Rollout]; whoever waits for the workers looks at
/// whether it was given up.
final class Push {

    private final PluginVersion version;
    private final Needs needs;
    private final String rollout;
    private final Set<String> workers;
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
