package org.stagedpipe.benchmarks.controlplane;

import java.util.Arrays;

/// Durations in the order in which they came. Safe for use by many threads.
final class Latencies {

    private static final double NANOS_A_MS = 1e6;

    private long[] nanos = new long[1 << 12];
    private int count;

    synchronized void add(long duration) {
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, count * 2);
        }
        nanos[count++] = duration;
    }

    synchronized int count() {
        return count;
    }

    /// What 99 of 100 of those from that one on were not longer than.
    ///
    /// @throws IllegalStateException if there are none
    synchronized double p99Ms(int from, int to) {
        if (to <= from) {
            throw new IllegalStateException("latencies: " + (to - from) + " (expected: some)");
        }
        long[] sorted = Arrays.copyOfRange(nanos, from, to);
        Arrays.sort(sorted);
        return sorted[(int) Math.ceil(0.99 * sorted.length) - 1] / NANOS_A_MS;
    }
}
