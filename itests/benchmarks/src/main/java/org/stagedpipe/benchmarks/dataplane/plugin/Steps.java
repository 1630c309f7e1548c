package org.stagedpipe.benchmarks.dataplane.plugin;

/// Three steps of a job, the same for the cluster and for its peers.
public final class Steps {

    private static final double OFFSET = 0.25;
    private static final double MOST_HUMIDITY = 60;

    private Steps() {}

    /// Corrects the temperature.
    public static Reading calibrate(Reading reading) {
        return new Reading(
                reading.id(),
                reading.device(),
                reading.place(),
                reading.temperature() + OFFSET,
                reading.humidity(),
                reading.valid(),
                reading.takenAtMs(),
                reading.retries(),
                reading.remark());
    }

    /// Says whether the humidity can be right.
    public static Reading judge(Reading reading) {
        return new Reading(
                reading.id(),
                reading.device(),
                reading.place(),
                reading.temperature(),
                reading.humidity(),
                reading.valid() && reading.humidity() <= MOST_HUMIDITY,
                reading.takenAtMs(),
                reading.retries(),
                reading.remark());
    }

    /// Counts the try.
    public static Reading count(Reading reading) {
        return new Reading(
                reading.id(),
                reading.device(),
                reading.place(),
                reading.temperature(),
                reading.humidity(),
                reading.valid(),
                reading.takenAtMs(),
                reading.retries() + 1,
                reading.remark());
    }
}
