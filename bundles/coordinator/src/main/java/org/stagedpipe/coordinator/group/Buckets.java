package org.stagedpipe.coordinator.group;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/// How many items took how long, see `timed_buckets` in the protocol. One writer, read by any thread.
final class Buckets {

    private static final int COUNT = 96;
    private static final int FIRST_US = 16;
    private static final int A_DOUBLING = 4;
    private static final double[] STEPS = {
        1, Math.pow(2, 1.0 / A_DOUBLING), Math.sqrt(2), Math.pow(2, 3.0 / A_DOUBLING)
    };

    private final AtomicLongArray counts = new AtomicLongArray(COUNT);

    void add(long us, int items) {
        int bucket = of(us);
        counts.setRelease(bucket, counts.getPlain(bucket) + items);
    }

    /// The bucket of that many microseconds.
    static int of(long us) {
        if (us < FIRST_US) {
            return 0;
        }
        int doublings = Long.SIZE - 1 - Long.numberOfLeadingZeros(us / FIRST_US);
        double rest = (double) us / ((long) FIRST_US << doublings);
        int step = A_DOUBLING - 1;
        while (rest < STEPS[step]) {
            step--;
        }
        return Math.min(COUNT - 1, 1 + doublings * A_DOUBLING + step);
    }

    /// Without the zeros at the end.
    List<Long> list() {
        int length = COUNT;
        while (length > 0 && counts.getAcquire(length - 1) == 0) {
            length--;
        }
        List<Long> list = new ArrayList<>(length);
        for (int i = 0; i < length; i++) {
            list.add(counts.getAcquire(i));
        }
        return list;
    }
}
