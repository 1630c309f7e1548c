package org.stagedpipe.engine;

/// Durations, summed up. All in nanoseconds; percentiles are exact to 25 %, at the upper side. Where one in 256 is measured it
/// counts for all of them.
///
/// @param count how many they are; of those that are measured by samples up to 255 of each group may be missing
/// @param least the shortest that was measured itself
/// @param mean the average
/// @param most the longest that was measured itself
/// @param p50 half were not longer
/// @param p90 nine of ten were not longer
/// @param p99 99 of 100 were not longer
public record Timings(long count, long least, long mean, long most, long p50, long p90, long p99) {

    /// Nothing was measured.
    static final Timings NONE = new Timings(0, 0, 0, 0, 0, 0, 0);
}
