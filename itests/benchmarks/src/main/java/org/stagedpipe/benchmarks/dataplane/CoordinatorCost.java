package org.stagedpipe.benchmarks.dataplane;

import org.stagedpipe.benchmarks.Figure;
import org.stagedpipe.benchmarks.Goal;
import org.stagedpipe.benchmarks.Report;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// What items cost the coordinator of a cluster beside time: memory while the largest ones pass, and what it allocates while
/// small ones do.
final class CoordinatorCost {

    private static final Payload LARGEST = Payload.raw("100 MiB", 104_857_600);
    private static final List<Small> SMALL =
            List.of(
                    new Small(Payload.raw("64 KiB", 64 << 10), Goal.atMost(0.1)),
                    new Small(Payload.raw("100 B", 100), Goal.atMost(0.5)));

    private static final String TRACKING = "-XX:NativeMemoryTracking=summary";
    private static final String READER = "org.stagedpipe.transport.AliasingMarshaller.bytes";
    private static final Duration WARM_UP = Duration.ofSeconds(8);
    private static final int LEAST_SAMPLES = 5;

    /// Items that go in frames.
    ///
    /// @param books what may be allocated beside an array for each message, of a byte that passes
    private record Small(Payload payload, Goal books) {}

    private final Report report;
    private final ClusterSide cluster;
    private final Child coordinator;

    private CoordinatorCost(Report report, ClusterSide cluster) {
        this.report = report;
        this.cluster = cluster;
        this.coordinator = cluster.coordinator();
    }

    /// Adds the figures that are wanted.
    static void run(Report report) throws Exception {
        List<Small> allocating =
                SMALL.stream().filter(small -> report.wants(name(small.payload()))).toList();
        boolean memory = report.wants(name(LARGEST));
        if (!memory && allocating.isEmpty()) {
            return;
        }
        report.progress("starting a cluster");
        try (ClusterSide cluster = ClusterSide.start(TRACKING)) {
            CoordinatorCost cost = new CoordinatorCost(report, cluster);
            if (memory) {
                cost.memory();
            }
            for (Small small : allocating) {
                cost.allocation(small.payload(), small.books());
            }
        }
    }

    private static String name(Payload payload) {
        return "coordinator, " + payload.name();
    }

    /// @param live on the heap, after a collection
    /// @param direct reserved beside it
    private record Memory(long live, long direct) {

        static Memory of(Child process) throws Exception {
            return new Memory(process.liveBytes(), process.directBytes());
        }

        long sum() {
            return live + direct;
        }
    }

    /// One group: what is live and reserved at most while items pass, beyond that before the first of all items.
    private void memory() throws Exception {
        Memory rest = Memory.of(coordinator);
        Memory most = rest;
        int samples = 0;
        report.progress(name(LARGEST));
        try (Side.Line line = cluster.open(LARGEST);
                ExecutorService sender = Executors.newSingleThreadExecutor()) {
            Duration time = Duration.ofSeconds(report.isQuick() ? 30 : 90);
            Future<Traffic.Flow> flow = sender.submit(() -> Traffic.flow(cluster, line, time));
            for (; !flow.isDone(); samples++) {
                Memory now = Memory.of(coordinator);
                most = now.sum() > most.sum() ? now : most;
            }
            flow.get();
            report.progress(samples + " samples; at rest " + rest + ", at most " + most);
        }
        if (samples < LEAST_SAMPLES) {
            throw new IllegalStateException("samples: " + samples + " (expected: >= 5)");
        }
        double item = mib(LARGEST.item().length);
        String name = name(LARGEST) + ": ";
        add(
                name + "heap and direct memory / item",
                mib(most.sum() - rest.sum()),
                item,
                Goal.atMost(0.1));
        add(
                name + "live heap / item",
                mib(Math.max(0, most.live() - rest.live())),
                item,
                Goal.none());
        add(
                name + "direct memory / item",
                mib(Math.max(0, most.direct() - rest.direct())),
                item,
                Goal.none());
    }

    /// What is allocated for each byte of an item that comes in or goes out.
    private void allocation(Payload payload, Goal books) throws Exception {
        long items = (report.isQuick() ? 512L << 20 : 2L << 30) / payload.item().length;
        Path file = cluster.folder().resolve("allocation-" + payload.item().length + ".jfr");
        try (Side.Line line = cluster.open(payload)) {
            report.progress(name(payload) + ", warm-up");
            Traffic.flow(cluster, line, WARM_UP);
            coordinator.recordInto(file, () -> Traffic.count(cluster, line, items));
        }
        Allocation allocation = Allocation.in(file, READER);
        allocation.sites().forEach(report::progress);
        double passed = mib(2 * items * payload.item().length);
        double message = mib((long) (payload.item().length * payload.itemsPerFrame()));
        String name = name(payload) + ": ";
        double beyond = mib(allocation.bytes()) - passed;
        add(name + "allocated / passed", mib(allocation.bytes()), passed, Goal.atMost(0.1));
        add(name + "beyond an array for each message / passed", beyond, passed, books);
        add(
                name + "largest array beside these / message",
                mib(allocation.largest()),
                message,
                Goal.atMost(0.2));
    }

    private void add(String name, double mib, double other, Goal goal) {
        report.add(new Figure(name, "MiB", mib, other, goal));
    }

    private static double mib(long bytes) {
        return bytes / (double) (1 << 20);
    }
}
