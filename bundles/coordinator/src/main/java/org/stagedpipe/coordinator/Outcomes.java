package org.stagedpipe.coordinator;

import org.stagedpipe.coordinator.group.Segments;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.VersionOutcomes;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How the items of each version ended since the process started. Knows the last versions only; guarded by the lock of
/// [Groups].
final class Outcomes {

    private static final int MAX_VERSIONS = 200;

    private final Map<PluginVersion, VersionOutcomes> ended = new LinkedHashMap<>(16, 0.75f, true);

    /// A group has ended.
    void ended(GroupSummary group) {
        add(ended, group);
        while (ended.size() > MAX_VERSIONS) {
            ended.remove(ended.keySet().iterator().next());
        }
    }

    /// Those of ended groups.
    List<VersionOutcomes> ended() {
        return List.copyOf(ended.values());
    }

    /// Those of ended groups and of these together, with versions that refused groups.
    static List<VersionOutcomes> sum(
            List<VersionOutcomes> ended, List<VersionOutcomes> refused, List<GroupSummary> open) {
        Map<PluginVersion, VersionOutcomes> all = new LinkedHashMap<>();
        ended.forEach(outcomes -> add(all, outcomes));
        refused.forEach(outcomes -> add(all, outcomes));
        open.forEach(group -> add(all, group));
        return List.copyOf(all.values());
    }

    private static void add(Map<PluginVersion, VersionOutcomes> all, GroupSummary group) {
        if (!group.hasPlugin()) {
            return; // it was given to no worker, so nothing has ended
        }
        int refused = group.getRefused() ? 1 : 0;
        VersionOutcomes total =
                VersionOutcomes.newBuilder()
                        .setPlugin(group.getPlugin())
                        .setOk(group.getOk())
                        .setFailed(group.getFailed() + refused)
                        .setRefusedGroups(refused)
                        .setTimedItems(group.getTimedItems())
                        .setTimedUs(group.getTimedUs())
                        .addAllTimedBuckets(group.getTimedBucketsList())
                        .build();
        add(all, Segments.minus(total, group.getEarlierList()));
        group.getEarlierList().forEach(earlier -> add(all, earlier));
    }

    private static void add(Map<PluginVersion, VersionOutcomes> all, VersionOutcomes more) {
        all.merge(more.getPlugin(), more, Segments::plus);
    }
}
