package org.stagedpipe.engine;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/// Durations in buckets of a quarter of a power of two: percentiles to 25 %. Written by many threads, each now and then.
final class Timing {

    private static final int PARTS = 4;
    private static final int BUCKETS = 64 * PARTS;

    private final AtomicLongArray buckets = new AtomicLongArray(BUCKETS);
    private final LongAdder sum = new LongAdder();
    private final LongAccumulator least = new LongAccumulator(Math::min, Long.MAX_VALUE);
    private final LongAccumulator most = new LongAccumulator(Math::max, 0);

    void record(long nanos) {
        record(nanos, 1);
    }

    /// One duration that stands for so many.
    void record(long nanos, int times) {
        long value = Math.max(0, nanos);
        sum.add(value * times);
        least.accumulate(value);
        most.accumulate(value);
        buckets.addAndGet(bucket(value), times); // last: what is counted has bounds
    }

    /// What was recorded so far.
    Timings snapshot() {
        long count = 0;
        for (int i = 0; i < BUCKETS; i++) {
            count += buckets.get(i);
        }
        if (count == 0) {
            return Timings.NONE;
        }
        return new Timings(
                count,
                least.get(),
                sum.sum() / count,
                most.get(),
                percentile(count, 0.5),
                percentile(count, 0.9),
                percentile(count, 0.99));
    }

    private long percentile(long count, double part) {
        long rank = (long) Math.ceil(count * part);
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += buckets.get(i);
            if (seen >= rank) {
                return Math.clamp(upper(i), least.get(), most.get());
            }
        }
        return most.get();
    }

    /// 0 to 3 as they are; then four buckets for each power of two.
    static int bucket(long value) {
        if (value < PARTS) {
            return (int) value;
        }
        int exponent = 63 - Long.numberOfLeadingZeros(value);
        return (exponent - 1) * PARTS + (int) (value >>> exponent - 2 & PARTS - 1);
    }

    /// The highest value of a bucket.
    static long upper(int bucket) {
        if (bucket < PARTS) {
            return bucket;
        }
        int exponent = bucket / PARTS + 1;
        long lower = (long) (PARTS + bucket % PARTS) << exponent - 2;
        return lower + (1L << exponent - 2) - 1;
    }
}
