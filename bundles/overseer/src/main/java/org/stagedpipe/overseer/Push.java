package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;

import java.util.Set;

/// A version on its way to the workers, beside what they hold. Owned by [Rollout], whose lock guards who gets it; whoever
/// waits for the workers looks at whether it was given up.
final class Push {

    private final PluginVersion version;
    private final Needs needs;
    private final String rollout;
    private @Nullable Set<String> first; // the workers that get it; null: all
    private volatile @Nullable String givenUp; // why nobody waits for it any more

    /// @param needs what workers must know beside it
    /// @param rollout its id; empty for a rollback, which is in no state
    Push(PluginVersion version, Needs needs, String rollout) {
        this.version = version;
        this.needs = needs;
        this.rollout = rollout;
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

    /// The names of the workers that get it before the others; null if all do.
    @Nullable Set<String> first() {
        return first;
    }

    void first(@Nullable Set<String> names) {
        first = names;
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
