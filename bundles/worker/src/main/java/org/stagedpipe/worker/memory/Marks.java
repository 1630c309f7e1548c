package org.stagedpipe.worker.memory;

import java.time.Duration;

/// When the brake does what.
///
/// @param pause from this gauge on nothing is taken in
/// @param resume up to this gauge, seen for as long as `settle`, the worker goes on
/// @param collecting above this part of the time in collections nothing is taken in
/// @param settle how long the gauge has to stay down
/// @param collectEvery how often, at most, a collection is asked for in a pause; one more when nothing is reserved any more
/// @param handBackAfter then what is not started goes to other workers
/// @param recycleAfter then a worker that holds nothing, and is still full, is to be started anew
public record Marks(
        double pause,
        double resume,
        double collecting,
        Duration settle,
        Duration collectEvery,
        Duration handBackAfter,
        Duration recycleAfter) {

    /// Checks them.
    public Marks {
        if (!(resume > 0 && resume < pause && pause <= 1) || !(collecting > 0)) {
            throw new IllegalArgumentException(
                    "marks: pause at "
                            + pause
                            + ", resume at "
                            + resume
                            + ", collecting "
                            + collecting
                            + " (expected: 0 < resume < pause <= 1, collecting > 0)");
        }
    }
}
