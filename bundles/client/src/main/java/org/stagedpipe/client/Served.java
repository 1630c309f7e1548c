package org.stagedpipe.client;

import org.stagedpipe.protocol.v1.PluginVersion;

import java.util.LinkedHashMap;
import java.util.Map;

/// Which versions served a group so far.
///
/// @param plugin that serves it, or served it last
/// @param earlier versions that it has moved from, with the items that ended on each
/// @param counts of the group, on all of them
record Served(PluginVersion plugin, Map<String, Long> earlier, Counts counts) {

    /// How many items ended on which version; one of no items is left out.
    Map<String, Long> items() {
        Map<String, Long> items = new LinkedHashMap<>(earlier);
        long before = earlier.values().stream().mapToLong(Long::longValue).sum();
        long now = counts.ok() + counts.failed() - before;
        if (now > 0) {
            items.merge(plugin.getVersion(), now, Long::sum);
        }
        return items;
    }
}
