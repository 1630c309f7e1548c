package org.stagedpipe.engine;

/// Durations, summed up. All in nanoseconds; percentiles are exact to 25 %, at the upper side.
///
/// @param count how many were measured
/// @param least the shortest
/// @param mean the average
/// @param most the longest
/// @param p50 half were not longer
/// @param p90 nine of ten were not longer
/// @param p99 99 of 100 were not longer
public record Timings(long count, long least, long mean, long most, long p50, long p90, long p99) {

    /// Nothing was measured.
    static final Timings NONE = new Timings(0, 0, 0, 0, 0, 0, 0);
}
