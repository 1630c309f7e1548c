package org.stagedpipe.coordinator.group;

import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.transport.CallException;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.BooleanSupplier;

/// The big items and results of a group that are here; those that are not done when the group ends are closed with it.
/// Belongs to the group's [Serial].
final class BigItems {

    /// Results of this size or larger leave their workers for the disk while the client reads nothing.
    static final long BIG_BYTES = 1 << 20;

    private final Limits limits;
    private final Spool spool;
    private final Window window;
    private final BooleanSupplier isUnread;
    private final Set<BigItem> open = Collections.newSetFromMap(new IdentityHashMap<>());

    /// @param window of the group; results are kept in memory while it has room
    /// @param isUnread whether results wait for the client
    BigItems(Limits limits, Spool spool, Window window, BooleanSupplier isUnread) {
        this.isUnread = isUnread;
        this.limits = limits;
        this.spool = spool;
        this.window = window;
    }

    Limits limits() {
        return limits;
    }

    /// An item from its first chunk, whose data is yet to be added. Whether there is room for it is asked later: it may have to
    /// be spooled then.
    ///
    /// @throws CallException if it is not a first one
    BigItem item(Chunk first) throws CallException {
        return begin(first, spool.takes(first.getSize()));
    }

    /// The same of a result. Nobody asks for room, so it goes to the spool also where the group may not hold it in memory, or where a big
    /// one would wait in it for a client that does not read.
    ///
    /// @throws CallException if it is not a first one
    BigItem result(Chunk first) throws CallException {
        boolean waits = first.getSize() >= BIG_BYTES && isUnread.getAsBoolean();
        return begin(
                first, spool.takes(first.getSize()) || waits || !window.hasMemory(first.getSize()));
    }

    private BigItem begin(Chunk first, boolean spools) throws CallException {
        BigItem item = BigItem.begin(first, spool, open::remove);
        open.add(item);
        if (spools) {
            item.spool();
        }
        return item;
    }

    /// Whether the disk has no room for results of the group.
    boolean isSpoolFull() {
        return !window.hasSpool();
    }

    /// The group has ended.
    void close() {
        Set.copyOf(open).forEach(BigItem::close);
    }
}
