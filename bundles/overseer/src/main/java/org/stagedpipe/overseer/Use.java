package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.protocol.v1.Role;

import java.util.List;
import java.util.Set;

/// Who uses a version, as far as the members have said.
///
/// @param groups in progress on it
/// @param holders the workers that hold it
record Use(long groups, List<String> holders) {

    /// The states of a version that is on a worker.
    static final Set<State> HELD = Set.of(State.INSTALLING, State.READY, State.DRAINING);

    static Use of(Nodes nodes, PluginVersion version) {
        org.stagedpipe.protocol.v1.PluginVersion wanted = Wire.of(version);
        long groups =
                nodes.groups().values().stream()
                        .flatMap(List::stream)
                        .filter(group -> group.getPlugin().equals(wanted))
                        .count();
        List<String> holders =
                nodes.entries().stream()
                        .filter(node -> node.getRole() == Role.WORKER && holds(node, wanted))
                        .map(NodeEntry::getName)
                        .toList();
        return new Use(groups, holders);
    }

    private static boolean holds(
            NodeEntry worker, org.stagedpipe.protocol.v1.PluginVersion wanted) {
        return worker.getPluginsList().stream()
                .anyMatch(status ->
                        status.getPlugin().equals(wanted) && HELD.contains(status.getState()));
    }
}
