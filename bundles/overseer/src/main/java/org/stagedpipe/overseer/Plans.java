package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.WorkerPlan;

import java.util.Collection;
import java.util.Set;

/// What workers are to hold, and what they must know for that. Guarded by the lock of [Nodes].
final class Plans {

    private final Roster roster;
    private final Welcomes welcomes;
    private final SizeLimit limit = new SizeLimit("plan of the workers");
    private WorkerPlan needs = WorkerPlan.getDefaultInstance(); // part of each plan
    private @Nullable NodeOrder plan; // null before the first
    private @Nullable NodeOrder planOfOthers; // of those that are not among the first
    private @Nullable Set<String> first; // workers that get all of the plan; null: all do

    Plans(Roster roster, Welcomes welcomes) {
        this.roster = roster;
        this.welcomes = welcomes;
    }

    /// What workers must know to install versions of plugins, from the next plan on.
    void needs(WorkerPlan part) {
        needs = part;
    }

    /// Tells all workers what to hold from now on.
    ///
    /// @param early a version that some workers hold before all others; null if there is none
    /// @param names of these workers
    /// @return false if the plan is too large to be sent: workers keep the one before
    boolean make(
            long revision,
            Collection<PluginVersion> plugins,
            @Nullable PluginVersion early,
            Set<String> names) {
        WorkerPlan.Builder next = needs.toBuilder().setRevision(revision).addAllPlugins(plugins);
        NodeOrder all = order(next.build());
        if (!limit.admits(all)) {
            return false;
        }
        plan = all;
        first = early == null ? null : Set.copyOf(names);
        planOfOthers =
                early == null
                        ? all
                        : order(
                                next.clearPlugins()
                                        .addAllPlugins(
                                                plugins.stream()
                                                        .filter(plugin -> !plugin.equals(early))
                                                        .toList())
                                        .build());
        roster.all(Role.WORKER).forEach(this::tell);
        return true;
    }

    /// Tells a worker what to hold, if that is known.
    void tell(Node worker) {
        NodeOrder its = first == null || first.contains(worker.name()) ? plan : planOfOthers;
        if (its != null) {
            worker.send(its);
        }
    }

    private NodeOrder order(WorkerPlan next) {
        return welcomes.begin().setWorkerPlan(next).build();
    }
}
