package org.stagedpipe.benchmarks.dataplane;

import static org.stagedpipe.benchmarks.dataplane.Trial.Who.CLUSTER;
import static org.stagedpipe.benchmarks.dataplane.Trial.Who.NAIVE;
import static org.stagedpipe.benchmarks.dataplane.Trial.Who.POOLED;
import static org.stagedpipe.benchmarks.dataplane.Trial.Who.RAW;

import org.stagedpipe.benchmarks.Figure;
import org.stagedpipe.benchmarks.Goal;
import org.stagedpipe.benchmarks.Report;
import org.stagedpipe.benchmarks.Suite;
import org.stagedpipe.benchmarks.dataplane.RelayProcess.Threads;
import org.stagedpipe.benchmarks.dataplane.Trial.Values;
import org.stagedpipe.benchmarks.dataplane.Trial.Who;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Client to worker and back: the cluster's goals against the naive relay and the raw one.
public final class DataPlaneSuite implements Suite {

    private static final long EVERY_NANOS = 1_000_000; // 1,000 items a second

    /// What is compared with what.
    ///
    /// @param naive items a second ÷ the naive relay's
    /// @param raw items a second ÷ the raw relay's
    /// @param cpu CPU of an item ÷ the raw relay's
    private record Flow(Payload payload, List<Who> who, Goal naive, Goal raw, Goal cpu) {}

    @Override
    public String name() {
        return "data-plane";
    }

    @Override
    public void run(Report report) throws Exception {
        CoordinatorCost.run(report);
        List<Flow> flows =
                flows().stream().filter(flow -> report.wants(flow.payload().name())).toList();
        boolean waits = report.wants("one at a time");
        boolean paced = report.wants("1,000 items/s");
        if (flows.isEmpty() && !waits && !paced) {
            return;
        }
        Map<Who, Side> sides = new EnumMap<>(Who.class);
        try {
            report.progress("starting nine processes");
            sides.put(NAIVE, RelaySide.start(false, Threads.TRANSPORT));
            sides.put(POOLED, RelaySide.start(false, Threads.POOL));
            sides.put(RAW, RelaySide.start(true, Threads.TRANSPORT));
            sides.put(CLUSTER, ClusterSide.start());
            Trial trial = new Trial(report, sides);
            trial.warmUp(Payload.raw("100 B", 100));
            for (Flow flow : flows) {
                add(report, flow, trial.flow(flow.payload(), flow.who()));
            }
            if (waits) {
                add(report, "one at a time", trial, 0);
            }
            if (paced) {
                add(report, "1,000 items/s", trial, EVERY_NANOS);
            }
        } finally {
            sides.values().forEach(Side::close);
        }
    }

    private static List<Flow> flows() {
        List<Who> all = List.of(NAIVE, POOLED, RAW, CLUSTER);
        List<Who> big = List.of(RAW, CLUSTER);
        return List.of(
                new Flow(
                        Payload.raw("100 B", 100),
                        all,
                        Goal.atLeast(15),
                        Goal.atLeast(0.8),
                        Goal.none()),
                new Flow(
                        Payload.raw("1 KiB", 1 << 10),
                        all,
                        Goal.atLeast(4),
                        Goal.none(),
                        Goal.none()),
                new Flow(
                        Payload.json("JSON 175 B, Jackson", "json"),
                        List.of(NAIVE, POOLED, CLUSTER),
                        Goal.atLeast(3.5),
                        Goal.none(),
                        Goal.none()),
                new Flow(
                        Payload.json("JSON 175 B, dsl-json", "fast"),
                        List.of(NAIVE, POOLED, CLUSTER),
                        Goal.atLeast(6),
                        Goal.none(),
                        Goal.none()),
                new Flow(
                        Payload.raw("64 KiB", 64 << 10),
                        big,
                        Goal.none(),
                        Goal.atLeast(0.9),
                        Goal.atMost(1 / 0.9)),
                new Flow(
                        Payload.raw("8 MiB", 8 << 20),
                        big,
                        Goal.none(),
                        Goal.atLeast(0.9),
                        Goal.atMost(1 / 0.9)));
    }

    private static void add(Report report, Flow flow, Map<Who, Values> values) {
        String name = flow.payload().name();
        if (flow.who().contains(NAIVE)) {
            report.add(rate(name + " / naive", values, NAIVE, flow.naive()));
            report.add(cpu(name + ", CPU / naive", values, NAIVE, Goal.none()));
            report.add(rate(name + " / naive on a pool", values, POOLED, Goal.none()));
        }
        if (flow.who().contains(RAW)) {
            report.add(rate(name + " / raw relay", values, RAW, flow.raw()));
            report.add(cpu(name + ", CPU / raw relay", values, RAW, flow.cpu()));
        }
    }

    private static void add(Report report, String name, Trial trial, long everyNanos)
            throws Exception {
        Map<Who, Values> values =
                trial.latency(
                        Payload.raw(name, 100), List.of(NAIVE, POOLED, RAW, CLUSTER), everyNanos);
        report.add(latency(name + ", p50 / naive", values, NAIVE, Goal.atMost(1)));
        report.add(latency(name + ", p50 / naive on a pool", values, POOLED, Goal.none()));
        report.add(latency(name + ", p50 / raw relay", values, RAW, Goal.none()));
        report.add(
                new Figure(
                        name + ", p99 / naive",
                        "µs",
                        of(values, CLUSTER).second(),
                        of(values, NAIVE).second(),
                        Goal.none()));
    }

    private static Figure rate(String name, Map<Who, Values> values, Who other, Goal goal) {
        return first(name, "items/s", values, other, goal);
    }

    private static Figure latency(String name, Map<Who, Values> values, Who other, Goal goal) {
        return first(name, "µs", values, other, goal);
    }

    private static Figure first(
            String name, String unit, Map<Who, Values> values, Who other, Goal goal) {
        return new Figure(name, unit, of(values, CLUSTER).first(), of(values, other).first(), goal);
    }

    private static Figure cpu(String name, Map<Who, Values> values, Who other, Goal goal) {
        return new Figure(
                name, "µs/item", of(values, CLUSTER).second(), of(values, other).second(), goal);
    }

    private static Values of(Map<Who, Values> values, Who who) {
        return Objects.requireNonNull(values.get(who), () -> who + " was not measured");
    }
}
