package org.stagedpipe.itests.faults;

import org.stagedpipe.itests.cluster.NodeProcess;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Disks that are full, and clocks that jump.
final class ResourceRows {

    static final List<Row> ALL =
            List.of(
                    Row.of("disk-full-worker", round -> diskFull(round, "w1")),
                    Row.of("disk-full-overseer", round -> diskFull(round, "o1")),
                    Row.of("clocks-jump", ResourceRows::clocksJump));

    private static final List<Duration> JUMPS =
            List.of(Duration.ofHours(1), Duration.ofHours(-2), Duration.ZERO);

    private ResourceRows() {}

    /// An update that finds no room changes nothing and says so; groups go on; with room again the next one passes.
    private static void diskFull(Round round, String node) throws Exception {
        String before = OverseerRows.current(round);
        round.cluster().node(node).kill();
        try (SmallDisk disk = SmallDisk.over(round.cluster().data(node))) {
            round.cluster().restart(node);
            round.cluster().awaitMembers();
            disk.fill();
            try {
                round.cluster().publish(Mode.UPDATE);
                round.wrong("an update passes although the disk of " + node + " is full");
            } catch (CallException e) {
                round.note(() -> "refused: " + e.getMessage());
            }
            String after = OverseerRows.current(round);
            if (!after.equals(before)) {
                round.wrong("the catalogue says " + after + " (expected: " + before + ")");
            }
            round.awaitProgress(200, 3);
            round.serveOne("while the disk of " + node + " is full");
            disk.free();
            round.cluster().publish(Mode.UPDATE);
            round.serveOne("when the disk of " + node + " has room again");
            round.cluster().node(node).kill();
        }
    }

    /// Leases, deadlines and elections go by the monotonic clock: nothing happens.
    private static void clocksJump(Round round) throws Exception {
        FaultCluster cluster = round.cluster();
        FakeClock clock = FakeClock.in(cluster.data("clock"));
        cluster.environment(clock.environment());
        try {
            for (String node : cluster.names()) {
                cluster.node(node).kill();
                cluster.restart(node);
                cluster.awaitMembers();
            }
            List<Long> pids = pids(cluster);
            for (Duration ahead : JUMPS) {
                clock.set(ahead);
                Thread.sleep(2 * FakeClock.SEEN_AFTER.toMillis());
                round.awaitProgress(200, 3);
                round.serveOne("with clocks " + ahead + " ahead");
                cluster.publish(Mode.UPDATE);
                round.serveOne("after an update with clocks " + ahead + " ahead");
            }
            if (!pids.equals(pids(cluster))) {
                round.wrong("a node ended when the clocks jumped");
            }
        } finally {
            cluster.environment(Map.of());
        }
    }

    /// Of the nodes that run and are ready members.
    private static List<Long> pids(FaultCluster cluster) throws Exception {
        cluster.awaitMembers();
        return cluster.names().stream()
                .map(cluster::node)
                .filter(NodeProcess::isAlive)
                .map(NodeProcess::pid)
                .toList();
    }
}
