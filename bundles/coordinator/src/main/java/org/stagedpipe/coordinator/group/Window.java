package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

/// What a group may hold: items that are accepted and not yet handed to the client, their bytes and those of their results.
/// What goes to the spool counts there for the node, the rest counts in its memory; each call is about one frame, or one
/// item, or one result.
///
/// Who wants in waits, one at a time: the client is asked for its next message only after the one before is in. A group
/// that holds nothing lets one item in, whatever its size. Few wait for memory that other groups hold: a group that holds
/// nothing, or nothing any more, gets a small frame in any case, and for a larger one there is more memory; an item that is larger
/// than a frame goes to the spool.
final class Window {

    /// With so much in flight a client has sent enough: its own window may be full.
    private static final int MANY_ITEMS = 256;

    private static final long MANY_BYTES = 4L << 20;

    /// So few each group may have, whatever the others hold.
    private static final long SMALL_BYTES = 64 << 10;

    /// So much of results may be under way in each: one message for each item would cost more than they take.
    private static final long FEW_BYTES = 16 << 10;

    private final Limits limits;
    private final NodeWindow.Share.Holder memory;
    private final NodeWindow.Share.Holder spool;
    private final Serial owner;
    private final Ration ration;
    private int items;
    private long bytes;
    private long spooled; // of these bytes
    private long expected; // set aside in memory for results
    private boolean isShort;
    private @Nullable Entry entry; // waits
    private NodeWindow.@Nullable Ticket ticket; // waits in the node's line
    private boolean closed;

    private record Entry(Frame frame, Runnable admitted) {}

    /// @param holdings of the group's principal
    Window(Limits limits, Holdings holdings, Serial owner) {
        this.limits = limits;
        this.ration = new Ration(limits);
        this.memory = holdings.memory().holder();
        this.spool = holdings.spool().holder();
        this.owner = owner;
    }

    /// Lets a frame in, now or once there is room.
    ///
    /// @param admitted called when it is in, perhaps before this returns
    void admit(Frame frame, Runnable admitted) {
        if (entry != null) {
            throw new IllegalStateException(
                    "window: item " + entry.frame.first() + " waits already");
        }
        entry = new Entry(frame, admitted);
        letIn(false);
    }

    /// Lets in who waits because of what the group itself has here, once other groups leave room for it.
    void admitBeyond() {
        letIn(true);
    }

    /// How many more items workers may have. Room for what [Ration#growth()] says is set aside in memory, until [#expect] says what
    /// of it is used.
    ///
    /// @param wanted how many there are
    /// @param given how many workers have
    /// @param isUnread whether results wait for the client; otherwise a few small ones may always be under way, or one
    int room(int wanted, int given, boolean isUnread) {
        int room = ration.room(given, isUnread);
        long each = ration.growth();
        isShort = false;
        if (closed || room == 0 || each == 0) {
            return room;
        }
        int next = Math.min(room, wanted);
        long asked = (given + (long) next) * each;
        if (asked > expected) {
            expected += memory.tryExpect(asked - expected);
        }
        long most = expected / each - given;
        isShort = most < next;
        long few = given == 0 && !isUnread ? Math.min(room, Math.max(1, FEW_BYTES / each)) : 0;
        return (int) Math.clamp(most, few, room);
    }

    /// Whether workers had to get fewer items than they might, for want of the node's memory.
    boolean isShort() {
        return isShort;
    }

    /// Whether results are expected to take more memory than their items, so that [#expect] has to be called.
    boolean expects() {
        return expected > 0 || ration.growth() > 0;
    }

    /// Sets as much aside as the items that workers have will need, as far as there is room: it is a guess, and more than
    /// the group's window is never here.
    void expect(int given) {
        long most = Math.max(0, limits.windowBytes() - ration.held());
        long more = Math.min(given * ration.growth(), most) - expected;
        if (closed || more == 0) {
            return;
        }
        if (more > 0) {
            more = memory.tryExpect(more);
        } else {
            memory.expectLess(-more);
        }
        expected += more;
    }

    /// Whether the group may hold so much more in the memory that it shares with others.
    boolean hasMemory(long moreBytes) {
        return memory.hasRoom(moreBytes);
    }

    /// Whether it may hold more on the disk.
    boolean hasSpool() {
        return spool.hasRoom(1);
    }

    /// How many of the items may be under way; it is told of the results that are here.
    Ration ration() {
        return ration;
    }

    /// Whether somebody wants in.
    boolean isWaiting() {
        return entry != null;
    }

    /// Whether somebody wants in whom other groups keep out.
    boolean waitsForNode() {
        return ticket != null && (memory.waitsForOthers() || spool.waitsForOthers());
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
        NodeWindow.Share.Holder node = node(next.frame.isSpooled());
        if (ticket != null) {
            node.leave(ticket);
            ticket = null;
        }
        node.hold(next.frame.bytes());
        enter(next);
    }

    /// Counts bytes that came in without asking: results.
    void hold(long moreBytes) {
        if (closed) {
            return;
        }
        ration.holds(moreBytes);
        grow(moreBytes);
    }

    /// Counts bytes of items that are here already.
    void grow(long moreBytes) {
        if (!closed) {
            bytes += moreBytes;
            memory.hold(moreBytes);
        }
    }

    /// Counts a big result, which came in without asking.
    void hold(BigItem result) {
        if (closed) {
            return;
        }
        ration.holds(result.size());
        count(result.size(), result.isSpooled());
        node(result.isSpooled()).hold(result.size());
    }

    /// Gives a big result back.
    void release(int fewerItems, BigItem result) {
        if (closed) {
            return;
        }
        items -= fewerItems;
        ration.holds(-result.size());
        release(result.size(), result.isSpooled());
    }

    /// Gives the bytes of a frame back; its items stay until their answers leave.
    void release(Frame frame) {
        if (!closed) {
            release(frame.bytes(), frame.isSpooled());
        }
    }

    /// Gives back bytes of items that are in memory, or takes more if negative.
    void shrink(long fewerBytes) {
        if (!closed) {
            release(fewerBytes, false);
        }
    }

    /// Gives results back that are in memory.
    void release(int fewerItems, long fewerBytes) {
        if (closed) {
            return;
        }
        items -= fewerItems;
        ration.holds(-fewerBytes);
        release(fewerBytes, false);
    }

    private void release(long fewerBytes, boolean isSpooled) {
        count(-fewerBytes, isSpooled);
        node(isSpooled).release(fewerBytes);
        letIn(false);
    }

    /// Gives everything back; nobody gets in any more.
    void close() {
        if (closed) {
            return;
        }
        closed = true;
        isShort = false;
        memory.expectLess(expected);
        if (ticket != null && entry != null) {
            node(entry.frame.isSpooled()).leave(ticket);
        }
        memory.release(bytes - spooled);
        spool.release(spooled);
    }

    private void letIn(boolean isBeyond) {
        Entry next = entry;
        if (closed || next == null || !(isBeyond || fits(next.frame))) {
            return;
        }
        if (ticket != null) {
            if (ticket.isFirst() || !goesFirst(next.frame)) {
                return;
            }
            node(next.frame.isSpooled()).leave(ticket);
            next = new Entry(next.frame, next.admitted); // the other one may have been granted
            entry = next;
        }
        ticket = take(next);
        if (ticket == null) {
            enter(next);
        }
    }

    /// A place in the line of memory, or of the spool; null if it needs none.
    private NodeWindow.@Nullable Ticket take(Entry next) {
        Frame frame = next.frame;
        if (goesFirst(frame) && frame.bytes() <= SMALL_BYTES) {
            memory.hold(frame.bytes());
            return null;
        }
        if (frame.bytes() > Limits.MAX_FRAME_BYTES && !frame.isSpooled()) {
            if (memory.tryTake(frame.bytes())) {
                return null;
            }
            frame.big().spool();
        }
        return node(frame.isSpooled())
                .take(frame.bytes(), goesFirst(frame), () -> owner.execute(() -> granted(next)));
    }

    private boolean goesFirst(Frame frame) {
        return bytes == 0 && frame.bytes() <= Limits.MAX_FRAME_BYTES;
    }

    /// Not if it has left the line meanwhile.
    private void granted(Entry next) {
        if (!closed && entry == next) {
            ticket = null;
            enter(next);
        }
    }

    private void enter(Entry next) {
        entry = null;
        items += next.frame.count();
        ration.came(next.frame.count(), next.frame.isSpooled() ? 0 : next.frame.bytes());
        count(next.frame.bytes(), next.frame.isSpooled());
        next.admitted.run();
    }

    private NodeWindow.Share.Holder node(boolean isSpooled) {
        return isSpooled ? spool : memory;
    }

    private void count(long more, boolean isSpooled) {
        bytes += more;
        spooled += isSpooled ? more : 0;
    }

    private boolean fits(Frame next) {
        return (items == 0 && bytes == 0)
                || (items + next.count() <= limits.windowItems()
                        && bytes + next.bytes() <= limits.windowBytes());
    }
}
