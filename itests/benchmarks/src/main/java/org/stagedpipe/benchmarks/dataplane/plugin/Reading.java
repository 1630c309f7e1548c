package org.stagedpipe.benchmarks.dataplane.plugin;

/// A record as plugins have them; its JSON has 175 bytes, see [#sample()].
public record Reading(
        long id,
        String device,
        String place,
        double temperature,
        double humidity,
        boolean valid,
        long takenAtMs,
        int retries,
        String remark) {

    /// One of them.
    public static Reading sample() {
        return new Reading(
                1_234_567,
                "sensor-0042",
                "building 7, floor 3",
                21.625,
                43.5,
                true,
                1_764_072_000_000L,
                2,
                "all well");
    }
}
