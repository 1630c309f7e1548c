package org.stagedpipe.itests.faults;

import java.util.List;
import java.util.stream.LongStream;

/// How long something took after a fault, against a goal.
final class Latency {

    private Latency() {}

    /// When items that were delivered again began to run, after the moment of the fault.
    static String redelivered(List<Load> loads, long faultMs, long goalMs) {
        long[] sorted =
                arrivals(loads)
                        .filter(arrival -> arrival.attempt() > 1 && arrival.startedMs() > faultMs)
                        .mapToLong(arrival -> arrival.startedMs() - faultMs)
                        .sorted()
                        .toArray();
        if (sorted.length == 0) {
            return "nothing ran again";
        }
        long p99 = sorted[(int) Math.ceil(sorted.length * 0.99) - 1];
        return sorted.length
                + " items run elsewhere after "
                + sorted[sorted.length / 2]
                + " ms (p50), "
                + against(p99, goalMs)
                + " (p99)";
    }

    /// When the last of the groups had its first outcome of an item that began after the fault.
    static String resumed(List<Load> loads, long faultMs, long goalMs) {
        long last = 0;
        for (Load load : loads) {
            LongStream after =
                    load.book().arrivals().stream()
                            .filter(arrival -> arrival.startedMs() > faultMs)
                            .mapToLong(arrival -> arrival.arrivedMs() - faultMs);
            last = Math.max(last, after.min().orElse(Long.MAX_VALUE));
        }
        return last == Long.MAX_VALUE
                ? "a group never went on"
                : "groups go on after " + against(last, goalMs);
    }

    private static java.util.stream.Stream<Book.Arrival> arrivals(List<Load> loads) {
        return loads.stream().flatMap(load -> load.book().arrivals().stream());
    }

    private static String against(long ms, long goalMs) {
        return ms + " ms" + (ms <= goalMs ? "" : " MISSED " + goalMs);
    }
}
