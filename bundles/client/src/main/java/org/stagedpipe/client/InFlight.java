package org.stagedpipe.client;

/// How much of its window a group uses: items submitted whose outcome is not handed over. Not safe for use by many threads.
final class InFlight {

    private final Limits limits;
    private int items;
    private long bytes;

    InFlight(Limits limits) {
        this.limits = limits;
    }

    boolean hasRoomFor(int more) {
        return items == 0 || items < limits.items() && bytes + more <= limits.bytes();
    }

    /// Whether a quarter is free, which is worth waking who waits for room: what is left keeps the workers busy meanwhile.
    boolean hasMuchRoom() {
        return limits.items() - items >= Math.max(1, limits.items() / 4)
                && limits.bytes() - bytes >= Math.max(1, limits.bytes() / 4);
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
