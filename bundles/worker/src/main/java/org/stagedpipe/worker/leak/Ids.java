package org.stagedpipe.worker.leak;

/// The index of each id, without an object for either. Open addressing; 0 is no id.
final class Ids {

    private static final float FULL = 0.6f;

    private long[] keys = new long[1 << 16];
    private int[] values = new int[1 << 16];
    private int size;

    /// Each id once.
    void put(long id, int index) {
        if (size > keys.length * FULL) {
            grow();
        }
        insert(id, index);
        size++;
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

    private void insert(long id, int index) {
        int at = slot(id);
        while (keys[at] != 0) {
            at = at + 1 & keys.length - 1;
        }
        keys[at] = id;
        values[at] = index;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new int[oldKeys.length * 2];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != 0) {
                insert(oldKeys[i], oldValues[i]);
            }
        }
    }

    private int slot(long id) {
        return (int) (id * 0x9E3779B97F4A7C15L >>> 32) & keys.length - 1;
    }
}
