package org.stagedpipe.itests.faults;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Group;
import org.stagedpipe.client.StagedpipeClient;
import org.stagedpipe.itests.cluster.NodeProcess;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Disks that are full, and clocks that jump.
final class ResourceRows {

    static final List<Row> ALL =
            List.of(
                    Row.of("disk-full-worker", round -> diskFull(round, "w1", Kind.REFUSED)),
                    Row.of("disk-full-overseer", round -> diskFull(round, "o1", Kind.INTERNAL)),
                    Row.of("disk-full-coordinator", ResourceRows::spoolFull),
                    Row.of("clocks-jump", ResourceRows::clocksJump));

    private static final String NO_SPACE = "No space left on device";
    private static final int SPOOLED_BYTES = 12 << 20;
    private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(60);
    private static final List<Duration> JUMPS =
            List.of(Duration.ofHours(1), Duration.ofHours(-2), Duration.ZERO);

    private ResourceRows() {}

    /// An update that finds no room changes nothing and says so; groups go on; with room again the next one passes.
    private static void diskFull(Round round, String node, Kind expected) throws Exception {
        String before = OverseerRows.current(round);
        onSmallDisk(
                round,
                node,
                2,
                disk -> {
                    try {
                        round.cluster().publish(Mode.UPDATE);
                        round.wrong("an update passes although the disk of " + node + " is full");
                    } catch (CallException e) {
                        String refusal = e.kind() + " " + e.getMessage();
                        if (e.kind() != expected || !refusal.contains(NO_SPACE)) {
                            round.wrong(
                                    refusal + " (expected: " + expected + ", " + NO_SPACE + ")");
                        }
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
                });
    }

    /// An item that finds no room there gets a fault that says so, and its group goes on; others do not notice.
    private static void spoolFull(Round round) throws Exception {
        String coordinator = "c1";
        onSmallDisk(
                round,
                coordinator,
                64,
                disk -> {
                    try (Group group = openOn(round, coordinator)) {
                        @Nullable Outcome<byte[]> refused = answer(round, group);
                        if (!(refused instanceof Outcome.Failed<byte[]>(_, Fault fault))
                                || fault.kind() != Fault.Kind.SYSTEM
                                || !fault.text().contains(NO_SPACE)) {
                            round.wrong("an item without room: " + refused);
                        }
                        round.awaitProgress(200, 3);
                        disk.free();
                        @Nullable Outcome<byte[]> taken = answer(round, group);
                        if (!(taken instanceof Outcome.Ok<byte[]>)) {
                            round.wrong("an item that has room again: " + taken);
                        }
                    }
                });
    }

    private interface OnDisk {
        void act(SmallDisk disk) throws Exception;
    }

    /// The node runs on a disk that is full, and is dead when the disk goes.
    ///
    /// @param freeMb that it may fill first
    private static void onSmallDisk(Round round, String node, int freeMb, OnDisk injection)
            throws Exception {
        FaultCluster cluster = round.cluster();
        cluster.node(node).kill();
        try (SmallDisk disk = SmallDisk.over(cluster.data(node), freeMb)) {
            try {
                cluster.restart(node);
                cluster.awaitMembers();
                disk.fill();
                injection.act(disk);
            } finally {
                cluster.node(node).kill();
            }
        }
    }

    private static Group openOn(Round round, String coordinator) throws Exception {
        StagedpipeClient client = round.cluster().client();
        List<Group> others = new ArrayList<>();
        try {
            for (int tries = 0; tries < 50; tries++) {
                Group group = client.group(EchoItem.PLUGIN).window(8, 64L << 20).open();
                if (group.coordinator().equals(coordinator)) {
                    return group;
                }
                others.add(group);
            }
            throw new AssertionError("no group opens on " + coordinator);
        } finally {
            others.forEach(Group::close);
        }
    }

    /// What becomes of an item for the spool; null if nothing does.
    private static @Nullable Outcome<byte[]> answer(Round round, Group group)
            throws InterruptedException {
        group.submit(EchoItem.of(round.random(), SPOOLED_BYTES, 1));
        return group.poll(ANSWERED_WITHIN);
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
                long fromMs = System.currentTimeMillis();
                round.awaitProgress(200, 3);
                round.serveOne("with clocks " + ahead + " ahead");
                mustJump(round, ahead, fromMs);
                cluster.publish(Mode.UPDATE);
                round.serveOne("after an update with clocks " + ahead + " ahead");
            }
            if (!pids.equals(pids(cluster))) {
                round.wrong("a node ended when the clocks jumped");
            }
        } finally {
            clock.set(Duration.ZERO); // these nodes may serve the rounds that follow
            cluster.environment(Map.of());
        }
    }

    /// Workers that began with items from that moment until now had clocks so far ahead.
    private static void mustJump(Round round, Duration ahead, long fromMs) {
        long toMs = System.currentTimeMillis();
        round.mustHit(
                "no worker's clock was " + ahead + " ahead",
                () ->
                        round.loads().stream()
                                .flatMap(load -> load.book().arrivals().stream())
                                .filter(arrival -> arrival.arrivedMs() >= fromMs)
                                .filter(arrival -> arrival.arrivedMs() <= toMs)
                                .anyMatch(arrival -> FakeClock.isAhead(arrival, ahead)));
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
