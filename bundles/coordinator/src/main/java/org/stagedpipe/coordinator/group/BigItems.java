package org.stagedpipe.coordinator.group;

import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.transport.CallException;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/// The big items and results of a group that are here; those that are not done when the group ends are closed with it.
/// Belongs to the group's [Serial].
final class BigItems {

    private final Limits limits;
    private final Spool spool;
    private final Set<BigItem> open = Collections.newSetFromMap(new IdentityHashMap<>());

    BigItems(Limits limits, Spool spool) {
        this.limits = limits;
        this.spool = spool;
    }

    Limits limits() {
        return limits;
    }

    /// From its first chunk, whose data is yet to be added.
    ///
    /// @throws CallException if it is not a first one
    BigItem begin(Chunk first) throws CallException {
        BigItem item =
                BigItem.begin(first, spool.takes(first.getSize()) ? spool : null, open::remove);
        if (item.isSpooled()) {
            open.add(item);
        }
        return item;
    }

    /// The group has ended.
    void close() {
        Set.copyOf(open).forEach(BigItem::close);
    }
}
