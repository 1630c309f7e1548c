package org.stagedpipe.coordinator.group;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// Which worker the items of a key go to: keys share a fixed number of lanes, and each lane has one worker among those that
/// take items, the one with the highest score (rendezvous hashing). When a worker comes or goes, only the lanes that it wins
/// or had change.
final class Lanes {

    /// Many to a worker, so that each gets about the same; few enough to be looked through for each frame.
    static final int COUNT = 256;

    private List<WorkerPart> among = List.of();
    private final int[] winners = new int[COUNT];

    /// The lane of a key.
    static int of(long key) {
        return (int) (mix(key) >>> 56);
    }

    /// The workers that take items now.
    void among(List<WorkerPart> willing) {
        if (!among.equals(willing)) {
            among = List.copyOf(willing);
            Arrays.setAll(winners, this::winner);
        }
    }

    /// Of those, the index of the one that a lane goes to.
    int worker(int lane) {
        return winners[lane];
    }

    private int winner(int lane) {
        int best = 0;
        long highest = Long.MIN_VALUE;
        for (int i = 0; i < among.size(); i++) {
            long score = mix(mix(lane + 1) ^ Objects.hashCode(among.get(i).name()));
            if (score > highest) {
                highest = score;
                best = i;
            }
        }
        return best;
    }

    private static long mix(long value) {
        long mixed = (value ^ value >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }
}
