package org.stagedpipe.benchmarks.dataplane;

import org.stagedpipe.benchmarks.Figure;
import org.stagedpipe.benchmarks.Goal;
import org.stagedpipe.benchmarks.Median;
import org.stagedpipe.benchmarks.Report;
import org.stagedpipe.benchmarks.Suite;
import org.stagedpipe.client.StagedpipeClient;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Whether an item's cost grows with the number of open groups, with the number of workers, or with the length of a group.
public final class ScalingSuite implements Suite {

    private static final List<Integer> GROUPS = List.of(1, 10, 100, 1_000);
    private static final List<Integer> WORKERS = List.of(1, 2, 4, 8);
    private static final Payload SMALL = Payload.raw("100 B", 100);
    private static final long LENGTH = 50_000_000;
    private static final long QUICK_LENGTH = 10_000_000;
    private static final Goal NO_MORE =
            Goal.atMost(1.1); // what two measurements of the same differ by

    @Override
    public String name() {
        return "scaling";
    }

    @Override
    public void run(Report report) throws Exception {
        boolean groups = report.wants("groups");
        boolean length = report.wants("length");
        boolean workers = report.wants("workers");
        if (!groups && !length && !workers) {
            return;
        }
        try (ClusterSide cluster = ClusterSide.start()) {
            StagedpipeClient client = cluster.client();
            report.progress("warm-up");
            flow(cluster, client, 1, 1, warmUp(report));
            if (groups) {
                int most = GROUPS.getLast(); // what is done for many streams is code of its own
                report.progress(most + " groups, warm-up");
                flow(cluster, client, most, most, warmUp(report));
                groups(report, cluster, client);
            }
            if (length) {
                length(report, cluster);
            }
            if (workers) {
                workers(report, cluster, client);
            }
        }
    }

    private static void groups(Report report, ClusterSide cluster, StagedpipeClient client)
            throws Exception {
        Map<Integer, Median> busy = new TreeMap<>();
        Map<Integer, Median> idle = new TreeMap<>();
        for (int round = 1; round <= rounds(report); round++) {
            for (int count : GROUPS) {
                report.progress(count + " groups, round " + round + " of " + rounds(report));
                try (ManyLines many = new ManyLines(cluster, lines(cluster, client, count))) {
                    many.flow(count, Duration.ofSeconds(1)); // each line has been used
                    add(busy, count, many.flow(count, time(report)).cpuMicros());
                    add(idle, count, many.flow(1, time(report)).cpuMicros());
                }
            }
        }
        report(report, "groups, all busy, CPU / 1 group", busy);
        report(report, "groups, all but one idle, CPU / 1 group", idle);
    }

    private static void workers(Report report, ClusterSide cluster, StagedpipeClient client)
            throws Exception {
        Map<Integer, Median> all = new TreeMap<>();
        for (int count : WORKERS) {
            cluster.workers(count);
            report.progress(count + " workers, warm-up");
            flow(cluster, client, 1, 1, warmUp(report).multipliedBy(count == 1 ? 1 : 2));
            for (int round = 1; round <= rounds(report); round++) {
                add(all, count, flow(cluster, client, 1, 1, time(report)).cpuMicros());
            }
        }
        report(report, "workers, CPU / 1 worker", all);
    }

    /// One group: its last tenth beside its second one; in the first one its code is still compiled.
    private static void length(Report report, ClusterSide cluster) throws Exception {
        long items = report.isQuick() ? QUICK_LENGTH : LENGTH;
        try (Side.Line line = cluster.open(SMALL)) {
            report.progress("length, warm-up, and " + items + " items");
            Traffic.count(cluster, line, items / 10);
            Traffic.Flow first = Traffic.count(cluster, line, items / 10);
            double firstMib = mib(cluster.residentBytes());
            double firstLive = mib(cluster.liveBytes());
            Traffic.count(cluster, line, items / 10 * 7);
            Traffic.Flow last = Traffic.count(cluster, line, items / 10);
            double lastMib = mib(cluster.residentBytes());
            double lastLive = mib(cluster.liveBytes());
            report.add(
                    new Figure(
                            "length, CPU of the last tenth / the second",
                            "µs/item",
                            last.cpuMicros(),
                            first.cpuMicros(),
                            NO_MORE));
            report.add(
                    new Figure(
                            "length, memory of the nodes after it / after two tenths",
                            "MiB",
                            lastMib,
                            firstMib,
                            NO_MORE));
            report.add(
                    new Figure(
                            "length, live heap of the nodes after it / after two tenths",
                            "MiB",
                            lastLive,
                            firstLive,
                            NO_MORE));
        }
    }

    private static double mib(long bytes) {
        return bytes / (double) (1 << 20);
    }

    private static Traffic.Flow flow(
            ClusterSide cluster, StagedpipeClient client, int lines, int busy, Duration time)
            throws Exception {
        try (ManyLines many = new ManyLines(cluster, lines(cluster, client, lines))) {
            return many.flow(busy, time);
        }
    }

    private static List<Side.Line> lines(ClusterSide cluster, StagedpipeClient client, int count)
            throws InterruptedException {
        List<Side.Line> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add(cluster.open(client, SMALL));
        }
        return lines;
    }

    private static void report(Report report, String name, Map<Integer, Median> values) {
        Median one = values.getOrDefault(1, new Median());
        values.forEach((count, median) -> {
            if (count > 1) {
                String title = count + " " + name;
                report.add(new Figure(title, "µs/item", median, one, NO_MORE));
            }
        });
    }

    private static void add(Map<Integer, Median> values, int count, double value) {
        values.computeIfAbsent(count, any -> new Median()).add(value);
    }

    private static int rounds(Report report) {
        return report.isQuick() ? 3 : 5;
    }

    private static Duration warmUp(Report report) {
        return Duration.ofSeconds(report.isQuick() ? 25 : 45);
    }

    private static Duration time(Report report) {
        return Duration.ofSeconds(report.isQuick() ? 2 : 4);
    }
}
