package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.CallException;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// What workers are to hold, and what they must know for that. Guarded by the lock of [Nodes].
final class Plans {

    /// A plan before it has a revision.
    ///
    /// @param whole with what workers must know of all versions that groups may ask for
    /// @param least with what they must know of those that they are to hold; asked for, and sent, if the whole is too large
    /// @param first the versions that not all workers hold, with the names of those that do
    record Content(
            WorkerPlan whole, Supplier<WorkerPlan> least, Map<PluginVersion, Set<String>> first) {}

    private final Roster roster;
    private final Welcomes welcomes;
    private final SizeLimit limit =
            new SizeLimit(
                    "plan of the workers",
                    "they are told what they need for the versions that they are to hold, and not"
                            + " for others that groups ask for,");
    private @Nullable WorkerPlan told; // the whole of the last content, null before the first
    private @Nullable NodeOrder plan; // null before the first
    private Map<PluginVersion, Set<String>> first = Map.of();
    private final Map<Set<PluginVersion>, NodeOrder> without = new HashMap<>(); // the plan

    Plans(Roster roster, Welcomes welcomes) {
        this.roster = roster;
        this.welcomes = welcomes;
    }

    /// Tells all workers what to hold from now on.
    ///
    /// @throws CallException REFUSED if that is too large to be sent: they keep the plan before
    void make(long revision, Content content) throws CallException {
        NodeOrder whole = order(revision, content.whole());
        NodeOrder all = SizeLimit.fits(whole) ? whole : least(revision, content);
        limit.admits(whole); // says what they are told instead, once that is so
        plan = all;
        told = content.whole();
        first = Map.copyOf(content.first());
        without.clear();
        roster.all(Role.WORKER).forEach(this::tell);
    }

    /// Whether workers were told that last. What is sent instead of a whole that is too large is of the same catalogue.
    boolean isLast(Content content) {
        return content.whole().equals(told) && content.first().equals(first);
    }

    private NodeOrder least(long revision, Content content) throws CallException {
        NodeOrder least = order(revision, content.least().get());
        SizeLimit.check(least, "plan of the workers");
        return least;
    }

    private static NodeOrder without(Set<PluginVersion> versions, NodeOrder order) {
        NodeOrder.Builder others = order.toBuilder();
        WorkerPlan.Builder plan = others.getWorkerPlanBuilder().clearPlugins();
        order.getWorkerPlan().getPluginsList().stream()
                .filter(plugin -> !versions.contains(plugin))
                .forEach(plan::addPlugins);
        return others.build();
    }

    /// Tells a worker what to hold, if that is known.
    void tell(Node worker) {
        NodeOrder all = plan;
        if (all == null) {
            return;
        }
        Set<PluginVersion> others =
                first.entrySet().stream()
                        .filter(version -> !version.getValue().contains(worker.name()))
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toSet());
        roster.send(
                worker,
                others.isEmpty()
                        ? all
                        : without.computeIfAbsent(others, left -> without(left, all)));
    }

    private NodeOrder order(long revision, WorkerPlan content) {
        return welcomes.begin().setWorkerPlan(content.toBuilder().setRevision(revision)).build();
    }
}
