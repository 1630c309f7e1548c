package org.stagedpipe.engine;

import java.util.Map;

/// What pipelines did so far, as of about one moment.
///
/// Requests of a group that took less than 20 µs lately are timed by samples: one in 256, which counts for all of them, so that fast and
/// slow ones weigh what they are. Slower ones are all timed.
///
/// @param capacity requests that can be in progress at once
/// @param running requests in progress
/// @param completed requests that have left, good or bad
/// @param groups open groups
/// @param stuck threads that hang in a stage and were replaced
/// @param runTime from the first stage to the last, hooks included
/// @param queueWait from submission to the first stage
/// @param stages by stage name
/// @param keys figures of keyed order; zeros without
public record Stats(
        int capacity,
        int running,
        long completed,
        int groups,
        int stuck,
        Timings runTime,
        Timings queueWait,
        Map<String, Timings> stages,
        KeyStats keys) {

    public Stats {
        stages = Map.copyOf(stages);
    }

    /// Keyed order, over all open groups.
    ///
    /// @param keys keys that have requests in the pipelines
    /// @param parkedWorkers threads that wait at a marked stage
    /// @param admissionWaiters submitters that wait because their key has too many requests in the pipelines
    /// @param barrierWait how long threads waited at marked stages
    public record KeyStats(
            int keys, int parkedWorkers, int admissionWaiters, Timings barrierWait) {}
}
