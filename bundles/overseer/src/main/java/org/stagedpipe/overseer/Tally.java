package org.stagedpipe.overseer;

import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.VersionOutcomes;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How the items of each version ended on all coordinators, since this overseer leads. Knows the last versions only;
/// guarded by the lock of [Nodes].
final class Tally {

    private static final int MAX_VERSIONS = 1_000;

    private final Map<PluginVersion, VersionOutcomes> sums = new LinkedHashMap<>(16, 0.75f, true);

    void add(List<VersionOutcomes> more) {
        for (VersionOutcomes outcomes : more) {
            sums.merge(
                    outcomes.getPlugin(),
                    outcomes,
                    (a, b) ->
                            a.toBuilder()
                                    .setOk(a.getOk() + b.getOk())
                                    .setFailed(a.getFailed() + b.getFailed())
                                    .setRefusedGroups(a.getRefusedGroups() + b.getRefusedGroups())
                                    .setTimedItems(a.getTimedItems() + b.getTimedItems())
                                    .setTimedUs(a.getTimedUs() + b.getTimedUs())
                                    .clearTimedBuckets()
                                    .addAllTimedBuckets(
                                            Latency.plus(
                                                    a.getTimedBucketsList(),
                                                    b.getTimedBucketsList()))
                                    .build());
        }
        while (sums.size() > MAX_VERSIONS) {
            sums.remove(sums.keySet().iterator().next());
        }
    }

    VersionOutcomes of(PluginVersion plugin) {
        return sums.getOrDefault(plugin, VersionOutcomes.newBuilder().setPlugin(plugin).build());
    }

    /// What came after the earlier counts.
    static List<VersionOutcomes> difference(
            List<VersionOutcomes> now, List<VersionOutcomes> earlier) {
        Map<PluginVersion, VersionOutcomes> before = new HashMap<>();
        earlier.forEach(outcomes -> before.put(outcomes.getPlugin(), outcomes));
        return now.stream()
                .map(outcomes ->
                        minus(
                                outcomes,
                                before.getOrDefault(
                                        outcomes.getPlugin(),
                                        VersionOutcomes.getDefaultInstance())))
                .filter(outcomes -> outcomes.getOk() + outcomes.getFailed() > 0)
                .toList();
    }

    static VersionOutcomes minus(VersionOutcomes now, VersionOutcomes before) {
        return now.toBuilder()
                .setOk(Math.max(0, now.getOk() - before.getOk()))
                .setFailed(Math.max(0, now.getFailed() - before.getFailed()))
                .setRefusedGroups(Math.max(0, now.getRefusedGroups() - before.getRefusedGroups()))
                .setTimedItems(Math.max(0, now.getTimedItems() - before.getTimedItems()))
                .setTimedUs(Math.max(0, now.getTimedUs() - before.getTimedUs()))
                .clearTimedBuckets()
                .addAllTimedBuckets(
                        Latency.minus(now.getTimedBucketsList(), before.getTimedBucketsList()))
                .build();
    }
}
