package org.stagedpipe.benchmarks.dataplane;

import org.stagedpipe.benchmarks.Median;
import org.stagedpipe.benchmarks.Report;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The same on several sides, in turns.
final class Trial {

    private static final int WARM_UP_ITEMS = 3_000;
    private static final Duration WARM_UP = Duration.ofSeconds(8); // of each payload

    private final Report report;
    private final Map<Who, Side> sides;
    private final int rounds;
    private final Duration firstWarmUp;
    private final Duration round;

    /// The sides.
    enum Who {
        /// A message for each item, on the transport's threads.
        NAIVE,
        /// The same on gRPC's own pool of threads.
        POOLED,
        /// Frames without books.
        RAW,
        /// The cluster.
        CLUSTER
    }

    /// What a side showed, a value for each round.
    ///
    /// @param first items a second, or the middle in µs
    /// @param second CPU µs an item, or the slowest of 100 in µs
    record Values(Median first, Median second) {}

    Trial(Report report, Map<Who, Side> sides) {
        this.report = report;
        this.sides = sides;
        this.rounds = report.isQuick() ? 3 : 5;
        this.firstWarmUp = Duration.ofSeconds(report.isQuick() ? 25 : 45); // until C2 is idle
        this.round = Duration.ofMillis(report.isQuick() ? 1_000 : 4_000);
    }

    /// Lets the processes compile what they run often; the first payload would pay for all others.
    void warmUp(Payload payload) throws Exception {
        for (Map.Entry<Who, Side> side : sides.entrySet()) {
            report.progress("first warm-up, " + side.getKey());
            try (Side.Line line = side.getValue().open(payload)) {
                Traffic.flow(side.getValue(), line, firstWarmUp);
            }
        }
    }

    /// As much as goes.
    Map<Who, Values> flow(Payload payload, List<Who> who) throws Exception {
        return onLines(
                payload,
                who,
                (side, line) -> Traffic.flow(side, line, WARM_UP),
                (side, line, values) -> {
                    Traffic.Flow flow = Traffic.flow(side, line, round);
                    values.first().add(flow.itemsPerSecond());
                    values.second().add(flow.cpuMicros());
                });
    }

    /// One item at a time.
    ///
    /// @param everyNanos when the next one starts at the earliest; 0 for at once
    Map<Who, Values> latency(Payload payload, List<Who> who, long everyNanos) throws Exception {
        int items = everyNanos > 0 ? (int) (round.toNanos() / everyNanos) : 2_000;
        return onLines(
                payload.alone(),
                who,
                (side, line) -> Traffic.latency(line, WARM_UP_ITEMS, 0),
                (side, line, values) -> {
                    Traffic.Latency latency = Traffic.latency(line, items, everyNanos);
                    values.first().add(latency.p50Micros());
                    values.second().add(latency.p99Micros());
                });
    }

    private interface Warm {
        void run(Side side, Side.Line line) throws Exception;
    }

    private interface Measure {
        void run(Side side, Side.Line line, Values values) throws Exception;
    }

    private Map<Who, Values> onLines(Payload payload, List<Who> who, Warm warm, Measure measure)
            throws Exception {
        Map<Who, Side.Line> lines = new EnumMap<>(Who.class);
        Map<Who, Values> all = new EnumMap<>(Who.class);
        try {
            for (Who one : who) {
                Side.Line line = side(one).open(payload);
                lines.put(one, line);
                report.progress(payload.name() + ", warm-up, " + one);
                warm.run(side(one), line);
                all.put(one, new Values(new Median(), new Median()));
            }
            for (int i = 1; i <= rounds; i++) {
                report.progress(payload.name() + ", round " + i + " of " + rounds);
                for (Map.Entry<Who, Side.Line> line : lines.entrySet()) {
                    Values values =
                            all.getOrDefault(line.getKey(), new Values(new Median(), new Median()));
                    measure.run(side(line.getKey()), line.getValue(), values);
                }
            }
        } finally {
            lines.values().forEach(Side.Line::close);
        }
        return all;
    }

    private Side side(Who who) {
        Side side = sides.get(who);
        if (side == null) {
            throw new IllegalStateException("no side " + who + " in " + sides.keySet());
        }
        return side;
    }
}
