package org.stagedpipe.coordinator.group;

import com.google.protobuf.ByteString;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Whom the ends of workers are charged to, by incarnation. Of those that ended because of an item that was convicted, in any
/// group of this node, no other item is charged; of those that ran a suspect of another coordinator, no item here. It
/// remembers the last 1,000 of each. Safe for use by many threads.
final class Verdicts {

    private static final int MOST = 1_000;

    private final Deque<ByteString> explained = new ArrayDeque<>();
    private final Set<ByteString> elsewhere = new LinkedHashSet<>();

    /// An item is convicted for these.
    synchronized void add(Collection<ByteString> deaths) {
        explained.addAll(deaths);
        while (explained.size() > MOST) {
            explained.removeFirst();
        }
    }

    synchronized Collection<ByteString> explained() {
        return List.copyOf(explained);
    }

    /// Whether that worker runs a suspect of another coordinator from now on.
    synchronized void elsewhere(ByteString worker, boolean isRun) {
        elsewhere.remove(worker);
        if (isRun) {
            elsewhere.add(worker);
            if (elsewhere.size() > MOST) {
                elsewhere.remove(elsewhere.iterator().next());
            }
        }
    }

    /// Whether that worker runs one, or did when it ended.
    synchronized boolean isElsewhere(ByteString worker) {
        return elsewhere.contains(worker);
    }
}
