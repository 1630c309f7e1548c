package org.stagedpipe.benchmarks.dataplane;

import org.stagedpipe.benchmarks.Figure;
import org.stagedpipe.benchmarks.Goal;
import org.stagedpipe.benchmarks.Median;
import org.stagedpipe.benchmarks.Report;
import org.stagedpipe.benchmarks.Suite;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/// The same job, JSON in, three stages, JSON out: the cluster over its processes against other systems, each inside one.
public final class PeerSuite implements Suite {

    private static final long ITEMS = 1_000_000;
    private static final List<String> PEERS = List.of("jet", "flink");

    @Override
    public String name() {
        return "peers";
    }

    @Override
    public void run(Report report) throws Exception {
        List<String> wanted = PEERS.stream().filter(peer -> report.wants("job / " + peer)).toList();
        if (wanted.isEmpty()) {
            return;
        }
        List<PeerSide> peers = new ArrayList<>();
        try (ClusterSide cluster = ClusterSide.start()) {
            for (String peer : wanted) {
                peers.add(PeerSide.start(peer));
            }
            measure(report, wanted, peers, cluster);
        } finally {
            peers.forEach(PeerSide::close);
        }
    }

    private static void measure(
            Report report, List<String> names, List<PeerSide> peers, ClusterSide cluster)
            throws Exception {
        Median rate = new Median();
        Median cpu = new Median();
        List<Median> rates = names.stream().map(_ -> new Median()).toList();
        List<Median> cpus = names.stream().map(_ -> new Median()).toList();
        Duration warmUp = Duration.ofSeconds(report.isQuick() ? 25 : 45); // each side as long
        warmUp(report, "cluster", warmUp, () -> run(cluster));
        for (int i = 0; i < peers.size(); i++) {
            PeerSide peer = peers.get(i);
            warmUp(report, names.get(i), warmUp, () -> peer.run(ITEMS));
        }
        int rounds = report.isQuick() ? 3 : 7;
        for (int round = 1; round <= rounds; round++) {
            report.progress("round " + round + " of " + rounds);
            PeerSide.Run own = run(cluster);
            rate.add(own.itemsPerSecond());
            cpu.add(own.cpuMicros());
            for (int i = 0; i < peers.size(); i++) {
                PeerSide.Run theirs = peers.get(i).run(ITEMS);
                rates.get(i).add(theirs.itemsPerSecond());
                cpus.get(i).add(theirs.cpuMicros());
            }
        }
        for (int i = 0; i < names.size(); i++) {
            String name = "job / " + names.get(i);
            report.add(new Figure(name, "items/s", rate, rates.get(i), Goal.atLeast(1)));
            report.add(new Figure(name + ", CPU", "µs/item", cpu, cpus.get(i), Goal.none()));
        }
    }

    /// Lets a side compile what it runs often.
    private static void warmUp(Report report, String side, Duration time, Callable<?> run)
            throws Exception {
        report.progress("warm-up, " + side);
        for (long end = System.nanoTime() + time.toNanos(); System.nanoTime() - end < 0; ) {
            run.call();
        }
    }

    private static PeerSide.Run run(ClusterSide cluster) throws Exception {
        Payload payload = Payload.json("steps", "steps");
        try (Side.Line line = cluster.open(payload)) {
            long cpu = Traffic.cpuNanos(cluster);
            long begin = System.nanoTime();
            CompletableFuture<Void> sender =
                    CompletableFuture.runAsync(
                            () -> send(line),
                            task -> Thread.ofPlatform().name("sender").start(task));
            long messages = messages(line);
            for (long received = 0; received < messages; ) {
                received += line.receive();
            }
            sender.get();
            double nanos = System.nanoTime() - begin;
            double items = messages * line.itemsPerMessage();
            return new PeerSide.Run(
                    items * 1e9 / nanos, (Traffic.cpuNanos(cluster) - cpu) / 1e3 / items);
        }
    }

    /// For a million items, or a few more.
    private static long messages(Side.Line line) {
        return (long) Math.ceil(ITEMS / line.itemsPerMessage());
    }

    private static void send(Side.Line line) {
        try {
            long messages = messages(line);
            for (long i = 0; i < messages; i++) {
                line.send();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
