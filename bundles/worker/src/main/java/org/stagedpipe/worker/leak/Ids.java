package org.stagedpipe.worker.leak;

/// The index of each id, without an object for either, for a number of ids that is known. Open addressing; 0 is no id.
final class Ids {

    private final long[] keys;
    private final int[] values;

    /// @param most so many
    Ids(int most) {
        keys = new long[slots(most)];
        values = new int[keys.length];
    }

    /// What one for so many takes.
    static long bytes(int most) {
        return (long) slots(most) * (Long.BYTES + Integer.BYTES);
    }

    /// A power of two, at least a third of them free.
    private static int slots(int most) {
        return (int) Math.min(1L << 30, Long.highestOneBit(Math.max(8, most * 3L / 2)) * 2);
    }

    /// -1 if it is not known.
    int get(long id) {
        if (id == 0) {
            return -1;
        }
        for (int at = slot(id); keys[at] != 0; at = at + 1 & keys.length - 1) {
            if (keys[at] == id) {
                return values[at];
            }
        }
        return -1;
    }

    /// Each id once.
    void put(long id, int index) {
        int at = slot(id);
        while (keys[at] != 0) {
            at = at + 1 & keys.length - 1;
        }
        keys[at] = id;
        values[at] = index;
    }

    private int slot(long id) {
        return (int) (id * 0x9E3779B97F4A7C15L >>> 32) & keys.length - 1;
    }
}
