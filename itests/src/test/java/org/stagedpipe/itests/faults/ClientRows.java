package org.stagedpipe.itests.faults;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Clients that are slow, go away and come back.
final class ClientRows {

    private static final Load.Shape SLOW_READER =
            new Load.Shape("slow-reader", false, 50_000, 1, 0, 4_096);
    private static final Load.Shape SLOW_SENDER =
            new Load.Shape("slow-sender", false, 50_000, 1, 10, 64);

    /// Half of what a coordinator keeps of a group.
    private static final long FULL_BYTES = 8 << 20;

    private static final long USUAL_MS = 3_000;
    private static final long FAULT_MS = 5_000;

    static final List<Row> ALL =
            List.of(
                    Row.of("client-reads-slowly", ClientRows::readsSlowly),
                    Row.of("client-restarted", ClientRows::restarted),
                    Row.ofNetwork("client-sends-slowly", ClientRows::sendsSlowly),
                    Row.ofNetwork("reconnect-storm", ClientRows::reconnectStorm));

    private ClientRows() {}

    /// One item a second: its window fills, and nobody else is slowed.
    private static void readsSlowly(Round round) throws Exception {
        long usualMs = System.currentTimeMillis();
        Thread.sleep(USUAL_MS);
        long faultMs = System.currentTimeMillis();
        Load slow = round.startBeside(SLOW_READER, round.loads().getFirst().coordinator());
        slow.readPause(Duration.ofSeconds(1));
        Thread.sleep(FAULT_MS);
        round.mustKeepPace(new Pace.Times(usualMs, faultMs, System.currentTimeMillis()));
        long unread = slow.book().unanswered() * SLOW_READER.bytes();
        round.mustHit(
                "only " + unread + " bytes wait for the slow client", () -> unread >= FULL_BYTES);
        slow.readPause(Duration.ZERO);
    }

    /// One byte a second between a client and its coordinator: its items come late, and nobody else is slowed.
    private static void sendsSlowly(Round round) throws Exception {
        Set<ProxyLink> others = links(round);
        Load slow = round.startBeside(SLOW_SENDER, round.loads().getFirst().coordinator());
        Set<ProxyLink> its = new HashSet<>(links(round));
        its.removeAll(others);
        round.awaitAnswers(slow, 10);
        long usualMs = System.currentTimeMillis();
        Thread.sleep(USUAL_MS);
        long faultMs = System.currentTimeMillis();
        its.forEach(link -> link.trickle(1));
        Thread.sleep(FAULT_MS);
        Pace.Times times = new Pace.Times(usualMs, faultMs, System.currentTimeMillis());
        round.mustKeepPace(times);
        its.forEach(link -> link.trickle(Long.MAX_VALUE));
        round.mustHit("the slow client was not slow", () -> !slow.pace(times).isKept());
    }

    private static Set<ProxyLink> links(Round round) {
        return FaultCluster.COORDINATORS.stream()
                .flatMap(node -> round.cluster().proxy(node).links().stream())
                .collect(Collectors.toSet());
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
}
