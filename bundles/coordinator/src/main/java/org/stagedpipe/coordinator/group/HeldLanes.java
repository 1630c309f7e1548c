package org.stagedpipe.coordinator.group;

import java.util.BitSet;

/// How many frames of each lane a worker has of a keyed group: kept as they come and go, so that nobody has to look through
/// all of them. Belongs to the group's [Serial].
final class HeldLanes {

    private final int[] frames = new int[Lanes.COUNT];

    /// A frame with items of these came.
    void add(BitSet lanes) {
        count(lanes, 1);
    }

    /// It left.
    void remove(BitSet lanes) {
        count(lanes, -1);
    }

    /// Whether a frame with items of that one is there.
    boolean has(int lane) {
        return frames[lane] > 0;
    }

    private void count(BitSet lanes, int more) {
        for (int lane = lanes.nextSetBit(0); lane >= 0; lane = lanes.nextSetBit(lane + 1)) {
            frames[lane] += more;
        }
    }
}
