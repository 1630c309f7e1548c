package org.stagedpipe.overseer;

import org.stagedpipe.protocol.v1.PluginVersion;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The versions that workers have ready, each once, however many of them have it. Guarded by the lock of [Nodes].
final class Held {

    private final Map<PluginVersion, Integer> holders = new LinkedHashMap<>(); // how many

    /// A worker has these ready, where it had those before.
    ///
    /// @return whether there is a version now that nobody had, or one that nobody has any more
    boolean change(Set<PluginVersion> before, Set<PluginVersion> now) {
        boolean changed = false;
        for (PluginVersion version : now) {
            if (!before.contains(version)) {
                changed |= holders.merge(version, 1, Integer::sum) == 1;
            }
        }
        for (PluginVersion version : before) {
            if (!now.contains(version) && holders.merge(version, -1, Integer::sum) == 0) {
                holders.remove(version);
                changed = true;
            }
        }
        return changed;
    }

    Set<PluginVersion> all() {
        return holders.keySet();
    }
}
