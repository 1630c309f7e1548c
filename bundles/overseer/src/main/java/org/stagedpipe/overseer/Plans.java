package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.CallException;

import java.util.List;
import java.util.Set;

/// What workers are to hold, and what they must know for that. Guarded by the lock of [Nodes].
final class Plans {

    /// A plan before it has a revision.
    ///
    /// @param whole with what workers must know of all versions that groups may ask for
    /// @param least with what they must know of those that they are to hold; sent if the whole is too large
    /// @param early a version that some workers hold before all others; null if there is none
    /// @param first the names of these workers
    record Content(
            WorkerPlan whole, WorkerPlan least, @Nullable PluginVersion early, Set<String> first) {}

    private final Roster roster;
    private final Welcomes welcomes;
    private final SizeLimit limit =
            new SizeLimit(
                    "plan of the workers",
                    "they are told what they need for the versions that they are to hold, and not"
                            + " for others that groups ask for,");
    private @Nullable NodeOrder plan; // null before the first
    private @Nullable NodeOrder planOfOthers; // of those that are not among the first
    private @Nullable Set<String> first; // workers that get all of the plan; null: all do

    Plans(Roster roster, Welcomes welcomes) {
        this.roster = roster;
        this.welcomes = welcomes;
    }

    /// Tells all workers what to hold from now on.
    ///
    /// @throws CallException REFUSED if that is too large to be sent: they keep the plan before
    void make(long revision, Content content) throws CallException {
        WorkerPlan.Builder next = content.whole().toBuilder().setRevision(revision);
        NodeOrder all = order(next);
        NodeOrder whole = all;
        if (!SizeLimit.fits(whole)) {
            next = content.least().toBuilder().setRevision(revision);
            all = order(next);
            SizeLimit.check(all, "plan of the workers");
        }
        limit.admits(whole); // says what they are told instead, once that is so
        PluginVersion early = content.early();
        plan = all;
        first = early == null ? null : content.first();
        planOfOthers = early == null ? all : order(without(early, next));
        roster.all(Role.WORKER).forEach(this::tell);
    }

    private static WorkerPlan.Builder without(PluginVersion early, WorkerPlan.Builder plan) {
        List<PluginVersion> others =
                plan.getPluginsList().stream().filter(plugin -> !plugin.equals(early)).toList();
        return plan.clearPlugins().addAllPlugins(others);
    }

    /// Tells a worker what to hold, if that is known.
    void tell(Node worker) {
        NodeOrder its = first == null || first.contains(worker.name()) ? plan : planOfOthers;
        if (its != null) {
            worker.send(its);
        }
    }

    private NodeOrder order(WorkerPlan.Builder next) {
        return welcomes.begin().setWorkerPlan(next).build();
    }
}
