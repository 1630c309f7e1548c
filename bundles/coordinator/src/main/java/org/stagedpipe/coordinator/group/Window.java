package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.util.function.LongSupplier;

/// What a group may hold: items that are accepted and not yet handed to the client, their bytes and those of their results.
/// What goes to the spool counts there for the node, the rest counts in its memory; each call is about one frame, or one
/// item, or one result.
///
/// In an ordered group the results of all open items but the first may have to wait for that one's. So no more items are let in than have
/// room with results as large as the last ones were.
///
/// Who wants in waits, one at a time: the client is asked for its next message only after the one before is in. A group
/// that holds nothing lets one item in, whatever its size.
final class Window {

    /// With so much in flight a client has sent enough: its own window may be full.
    private static final int MANY_ITEMS = 256;

    private static final long MANY_BYTES = 4L << 20;

    private final Limits limits;
    private final NodeWindow memory;
    private final Spool spool;
    private final Serial owner;
    private final LongSupplier open;
    private long resultBytes; // of one, as the last ones were
    private int items;
    private long bytes;
    private long spooled; // of these bytes
    private @Nullable Entry entry; // waits
    private NodeWindow.@Nullable Ticket ticket; // waits in the node's line
    private boolean closed;

    private record Entry(int items, long bytes, Runnable admitted) {}

    /// @param memory of all groups
    /// @param open items without an answer whose results may all have to be held, with those that wait here; always 0 where results leave as they come
    Window(Limits limits, NodeWindow memory, Spool spool, Serial owner, LongSupplier open) {
        this.open = open;
        this.limits = limits;
        this.memory = memory;
        this.spool = spool;
        this.owner = owner;
    }

    /// Lets that much in, now or once there is room.
    ///
    /// @param admitted called when it is in, perhaps before this returns
    void admit(int moreItems, long moreBytes, Runnable admitted) {
        if (entry != null) {
            throw new IllegalStateException("window: " + entry + " waits already");
        }
        entry = new Entry(moreItems, moreBytes, admitted);
        letIn();
    }

    /// Whether somebody wants in.
    boolean isWaiting() {
        return entry != null;
    }

    /// Whether somebody wants in whom other groups keep out.
    boolean waitsForNode() {
        return ticket != null;
    }

    /// Whether there is as much in it as a client with a small window of its own may send.
    boolean holdsMany() {
        return items >= MANY_ITEMS || bytes >= MANY_BYTES;
    }

    /// Lets in at once who waits: the group ends, and what it was sent is answered with it.
    void admitNow() {
        Entry next = entry;
        if (closed || next == null) {
            return;
        }
        if (ticket != null) {
            node(next.bytes).leave(ticket);
            ticket = null;
        }
        node(next.bytes).hold(next.bytes);
        enter(next);
    }

    /// Counts bytes that came in without asking: results.
    void hold(long moreBytes) {
        if (closed) {
            return;
        }
        bytes += moreBytes;
        memory.hold(moreBytes);
    }

    /// Counts a big result, which came in without asking.
    void hold(BigItem result) {
        if (closed) {
            return;
        }
        bytes += result.size();
        spooled += result.isSpooled() ? result.size() : 0;
        node(result).hold(result.size());
    }

    /// Gives a big result back.
    void release(int fewerItems, BigItem result) {
        if (closed) {
            return;
        }
        items -= fewerItems;
        bytes -= result.size();
        spooled -= result.isSpooled() ? result.size() : 0;
        node(result).release(result.size());
        letIn();
    }

    /// How large results are. So many more of that size may come as items are open.
    void learn(int results, long size) {
        if (results > 0) {
            long last = size / results;
            resultBytes = resultBytes == 0 ? last : resultBytes + (last - resultBytes) / 4;
        }
        letIn();
    }

    /// Gives back.
    void release(int fewerItems, long fewerBytes) {
        if (closed) {
            return;
        }
        items -= fewerItems;
        count(fewerBytes, -1);
        node(fewerBytes).release(fewerBytes);
        letIn();
    }

    /// Gives everything back; nobody gets in any more.
    void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (ticket != null && entry != null) {
            node(entry.bytes).leave(ticket);
        }
        memory.release(bytes - spooled);
        spool.window().release(spooled);
    }

    private void letIn() {
        Entry next = entry;
        if (closed || next == null || ticket != null || !fits(next)) {
            return;
        }
        boolean guaranteed = bytes == 0 && next.bytes <= Limits.MAX_FRAME_BYTES;
        ticket = node(next.bytes).take(next.bytes, guaranteed, () -> owner.execute(this::granted));
        if (ticket == null) {
            enter(next);
        }
    }

    private void granted() {
        Entry next = entry;
        if (!closed && next != null && ticket != null) {
            ticket = null;
            enter(next);
        }
    }

    private void enter(Entry next) {
        entry = null;
        items += next.items;
        count(next.bytes, 1);
        next.admitted.run();
    }

    private NodeWindow node(long size) {
        return spool.takes(size) ? spool.window() : memory;
    }

    private NodeWindow node(BigItem result) {
        return result.isSpooled() ? spool.window() : memory;
    }

    private void count(long size, int sign) {
        bytes += sign * size;
        spooled += spool.takes(size) ? sign * size : 0;
    }

    private boolean fits(Entry next) {
        return (items == 0 && bytes == 0)
                || (items + next.items <= limits.windowItems()
                        && bytes + next.bytes <= limits.windowBytes()
                        && open.getAsLong() * resultBytes <= limits.windowBytes());
    }
}
