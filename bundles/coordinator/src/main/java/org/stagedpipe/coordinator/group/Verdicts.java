package org.stagedpipe.coordinator.group;

import com.google.protobuf.ByteString;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

/// Which workers, by incarnation, ended because of an item that was convicted, in any group of this node: no other item is
/// charged with them. It remembers the last 1,000. Safe for use by many threads.
final class Verdicts {

    private static final int MOST = 1_000;

    private final Deque<ByteString> explained = new ArrayDeque<>();

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
}
