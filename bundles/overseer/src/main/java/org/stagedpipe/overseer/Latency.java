package org.stagedpipe.overseer;

import org.stagedpipe.protocol.v1.VersionOutcomes;

import java.util.List;

/// How long items took, from the counts that coordinators report: `timed_buckets` in the protocol says which bucket has
/// which bounds. No state.
final class Latency {

    private static final double FIRST_MS = 0.016;
    private static final double BUCKETS_A_DOUBLING = 4;

    private Latency() {}

    /// What that share of the items did not take longer than, ms; the upper bound of the bucket, at most 19 % too much.
    ///
    /// @param share 0 to 1
    static double ms(VersionOutcomes outcomes, double share) {
        long all = 0;
        for (long count : outcomes.getTimedBucketsList()) {
            all += count;
        }
        long wanted = Math.max(1, (long) Math.ceil(all * share));
        long seen = 0;
        int bucket = 0;
        for (; bucket < outcomes.getTimedBucketsCount(); bucket++) {
            seen += outcomes.getTimedBuckets(bucket);
            if (seen >= wanted) {
                break;
            }
        }
        return FIRST_MS * Math.pow(2, bucket / BUCKETS_A_DOUBLING);
    }

    /// Bucket by bucket.
    static List<Long> plus(List<Long> one, List<Long> other) {
        return combined(one, other, 1);
    }

    /// Bucket by bucket, at least 0.
    static List<Long> minus(List<Long> now, List<Long> before) {
        return combined(now, before, -1);
    }

    private static List<Long> combined(List<Long> one, List<Long> other, int sign) {
        Long[] sums = new Long[Math.max(one.size(), other.size())];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = Math.max(0, at(one, i) + sign * at(other, i));
        }
        return List.of(sums);
    }

    private static long at(List<Long> buckets, int index) {
        return index < buckets.size() ? buckets.get(index) : 0;
    }
}
