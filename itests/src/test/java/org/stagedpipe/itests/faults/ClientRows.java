package org.stagedpipe.itests.faults;

import java.time.Duration;
import java.util.List;

/// Clients that are slow, go away and come back.
final class ClientRows {

    private static final Load.Shape SLOW = new Load.Shape("slow", false, 50_000, 1, 0, 4_096);

    static final List<Row> ALL =
            List.of(
                    Row.of("client-reads-slowly", ClientRows::readsSlowly),
                    Row.of("client-restarted", ClientRows::restarted),
                    Row.ofNetwork("client-sends-slowly", ClientRows::sendsSlowly),
                    Row.ofNetwork("reconnect-storm", ClientRows::reconnectStorm));

    private ClientRows() {}

    /// One item a second: its window fills, and nobody else is slowed.
    private static void readsSlowly(Round round) throws Exception {
        Duration alone = timeOf(round, 300, 3);
        Load slow = round.startBeside(SLOW);
        slow.readPause(Duration.ofSeconds(1));
        Thread.sleep(2_000);
        Duration beside = timeOf(round, 300, 3);
        round.note(() ->
                "300 items beside it took "
                        + beside.toMillis()
                        + " ms, "
                        + alone.toMillis()
                        + " ms without it");
        slow.readPause(Duration.ZERO);
    }

    /// One byte a second between the clients and the coordinators: all items come late.
    private static void sendsSlowly(Round round) throws Exception {
        for (String node : FaultCluster.COORDINATORS) {
            round.cluster().proxy(node).weather().trickle(1);
        }
        Thread.sleep(4_000);
        for (String node : FaultCluster.COORDINATORS) {
            round.cluster().proxy(node).weather().clear();
        }
    }

    /// Clients in processes of their own are killed, and go on with the token that they stored with each outcome.
    private static void restarted(Round round) throws Exception {
        try (ClientProcess plain = ClientProcess.of(round, "restarted", false);
                ClientProcess ordered = ClientProcess.of(round, "restarted-ordered", true)) {
            for (int kills = 0; kills < 2; kills++) {
                restart(round, plain);
                restart(round, ordered);
            }
            round.judge(plain.awaitEnd());
            round.judge(ordered.awaitEnd());
        }
    }

    private static void restart(Round round, ClientProcess client) throws Exception {
        client.awaitEffects(100);
        boolean killed = client.restart();
        round.mustHit("a client had ended before it was killed", () -> killed);
    }

    /// Every connection of every client breaks, again and again.
    private static void reconnectStorm(Round round) throws Exception {
        int connections = 0;
        for (int i = 0; i < 10; i++) {
            for (String node : FaultCluster.COORDINATORS) {
                connections += round.cluster().proxy(node).breakAll();
            }
            Thread.sleep(round.random().nextLong(400));
        }
        int broken = connections;
        round.note(() -> broken + " connections broke, " + round.resumes() + " resumes");
        round.mustHit(
                "not every group lost its connection",
                () -> round.loads().stream().allMatch(load -> load.resumes() > 0));
    }

    private static Duration timeOf(Round round, long small, long big) throws InterruptedException {
        long start = System.nanoTime();
        round.awaitProgress(small, big);
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
