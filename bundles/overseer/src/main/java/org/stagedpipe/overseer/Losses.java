package org.stagedpipe.overseer;

import org.stagedpipe.protocol.v1.Role;

import java.util.LinkedHashMap;
import java.util.Map;

/// How often each worker that was not cordoned ended without leaving, or was lost, since this overseer leads. Knows the last ones
/// only; guarded by the lock of [Nodes].
final class Losses {

    private static final int MAX_WORKERS = 10_000;

    private final Map<String, Integer> times = new LinkedHashMap<>(16, 0.75f, true);

    /// Its membership ends, or another process has its name.
    void add(Node node) {
        if (node.role() == Role.WORKER && !node.isLeaving() && !node.isCordoned()) {
            times.merge(node.name(), 1, Integer::sum);
        }
        if (times.size() > MAX_WORKERS) {
            times.remove(times.keySet().iterator().next());
        }
    }

    /// By the workers' names, of those for which it is more than never.
    Map<String, Integer> times() {
        return Map.copyOf(times);
    }
}
