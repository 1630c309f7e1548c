package org.stagedpipe.itests.faults;

import org.stagedpipe.transport.Endpoint;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Clients that are slow, go away and come back.
final class ClientRows {

    private static final Load.Shape SLOW_READER =
            new Load.Shape("slow-reader", false, 50_000, 1, 0, 4_096);
    private static final Load.Shape SLOW_SENDER =
            new Load.Shape("slow-sender", false, 50_000, 1, 10, 64);

    private static final Load.Shape NON_READER =
            new Load.Shape("non-reader", false, 50_000, 1, 0, 400);
    private static final int NON_READERS = 10;
    private static final long HELD_BYTES = 4 << 20; // of each
    private static final long FILLS_MS = 5_000;

    /// Half of what a coordinator keeps of a group.
    private static final long FULL_BYTES = 8 << 20;

    private static final int PRINTED = 100; // lines, of a node since the abuse began
    private static final int ABUSES = 1_000; // frames, at least
    private static final long ABUSE_MS = 1_500; // each way
    private static final long USUAL_MS = 3_000;
    private static final long FAULT_MS = 5_000;

    static final List<Row> ALL =
            List.of(
                    Row.of("client-reads-slowly", ClientRows::readsSlowly),
                    Row.of("clients-read-nothing", ClientRows::readNothing),
                    Row.of("client-hostile", ClientRows::hostile),
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

    /// Many on one coordinator that send and never read, until they have what they may of its memory: nobody else is slowed, there or
    /// elsewhere.
    private static void readNothing(Round round) throws Exception {
        long usualMs = System.currentTimeMillis();
        Thread.sleep(USUAL_MS);
        long faultMs = System.currentTimeMillis();
        String coordinator = round.loads().getFirst().coordinator();
        List<Load> unread = new ArrayList<>();
        for (int i = 0; i < NON_READERS; i++) {
            Load load = round.startBeside(NON_READER, coordinator);
            load.reads(false);
            unread.add(load);
        }
        Thread.sleep(FILLS_MS);
        long fullMs = System.currentTimeMillis();
        Thread.sleep(FAULT_MS);
        long overMs = System.currentTimeMillis();
        round.mustKeepPace(new Pace.Times(usualMs, faultMs, fullMs, overMs));
        long held = round.cluster().entry(coordinator).getLoad().getBytesInFlight();
        round.note(() ->
                "%d MiB in flight on %s, %d ms after the first"
                        .formatted(held >> 20, coordinator, overMs - faultMs));
        round.mustHit(
                "only " + held + " bytes wait for clients that do not read",
                () -> held >= NON_READERS * HELD_BYTES);
        unread.forEach(load -> load.reads(true));
    }

    /// Peers that use HTTP/2 to do harm, on a coordinator, a worker and the overseer at once: nobody is slowed, and no process ends.
    private static void hostile(Round round) throws Exception {
        FaultCluster cluster = round.cluster();
        List<String> nodes = List.of(round.coordinatorInUse(), "w1", "o1");
        List<Long> pids = nodes.stream().map(node -> cluster.node(node).pid()).toList();
        List<Endpoint> servers = new ArrayList<>();
        for (String node : nodes) {
            servers.add(Endpoint.of(cluster.entry(node).getAddress()));
        }
        long usualMs = System.currentTimeMillis();
        Thread.sleep(USUAL_MS);
        long faultMs = System.currentTimeMillis();
        Map<String, Integer> printed = new HashMap<>();
        for (String node : nodes) {
            printed.put(node, cluster.node(node).printed().size());
        }
        for (Http2Abuse.Way way : Http2Abuse.Way.values()) {
            for (Http2Abuse abuse : abuse(servers, way)) {
                round.note(abuse::toString);
                round.mustHit("too little: " + abuse, () -> abuse.frames() >= ABUSES);
            }
        }
        round.mustKeepPace(new Pace.Times(usualMs, faultMs, System.currentTimeMillis()));
        cluster.awaitMembers();
        if (!nodes.stream().allMatch(node -> cluster.node(node).isAlive())
                || !pids.equals(nodes.stream().map(node -> cluster.node(node).pid()).toList())) {
            round.wrong("a node ended");
        }
        for (String node : nodes) {
            int lines = cluster.node(node).printed().size() - printed.getOrDefault(node, 0);
            if (lines > PRINTED) {
                round.wrong(
                        node + " printed " + lines + " lines (expected: at most " + PRINTED + ")");
            }
        }
        round.serveOne("after that");
    }

    /// What was done, for a while.
    private static List<Http2Abuse> abuse(List<Endpoint> servers, Http2Abuse.Way way)
            throws InterruptedException {
        List<Http2Abuse> abuses =
                servers.stream().map(server -> Http2Abuse.start(server, way)).toList();
        Thread.sleep(ABUSE_MS);
        for (Http2Abuse abuse : abuses) {
            abuse.close();
        }
        return abuses;
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
