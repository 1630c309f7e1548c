package org.stagedpipe.client;

/// How much of its window a group uses: items submitted whose outcome is not handed over. Not safe for use by many threads.
final class InFlight {

    /// Room for so much is worth waking who waits for it.
    private static final int MUCH_ROOM_ITEMS = 256;

    private static final long MUCH_ROOM_BYTES = 1 << 20;

    private final Limits limits;
    private int items;
    private long bytes;

    InFlight(Limits limits) {
        this.limits = limits;
    }

    boolean hasRoomFor(int more) {
        return items == 0 || items < limits.items() && bytes + more <= limits.bytes();
    }

    boolean hasMuchRoom() {
        return limits.items() - items >= Math.min(MUCH_ROOM_ITEMS, limits.items() / 4)
                && limits.bytes() - bytes >= Math.min(MUCH_ROOM_BYTES, limits.bytes() / 4);
    }

    void enter(int size) {
        items++;
        bytes += size;
    }

    void leave(int count, long size) {
        items -= count;
        bytes -= size;
    }

    /// Whether one item is all there is.
    boolean isAlone() {
        return items == 1;
    }
}
