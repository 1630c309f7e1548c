package org.stagedpipe.coordinator.group;

import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.VersionOutcomes;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How often a following group stayed where it was because no worker opened it on a version, each time one failure of that
/// version. Knows the last versions only. Safe for use by many threads.
public final class Refusals {

    private static final int MAX_VERSIONS = 200;

    private final Map<PluginVersion, Long> groups = new LinkedHashMap<>(16, 0.75f, true);

    /// A group stays where it is.
    synchronized void add(PluginVersion version) {
        groups.merge(version, 1L, Long::sum);
        if (groups.size() > MAX_VERSIONS) {
            groups.remove(groups.keySet().iterator().next());
        }
    }

    /// As outcomes of those versions.
    public synchronized List<VersionOutcomes> outcomes() {
        return groups.entrySet().stream()
                .map(refused ->
                        VersionOutcomes.newBuilder()
                                .setPlugin(refused.getKey())
                                .setFailed(refused.getValue())
                                .setRefusedGroups(refused.getValue())
                                .build())
                .toList();
    }
}
