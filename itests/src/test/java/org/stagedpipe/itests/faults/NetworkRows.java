package org.stagedpipe.itests.faults;

import java.util.List;

/// A network between the processes that delays, trickles, cuts and lies.
final class NetworkRows {

    private static final long LEASE_MS = 3_000;

    static final List<Row> ALL =
            List.of(
                    Row.ofNetwork("network-delay", NetworkRows::delay),
                    Row.ofNetwork("network-loss", NetworkRows::loss),
                    Row.ofNetwork("network-trickle", NetworkRows::trickle),
                    Row.ofNetwork("network-cut", NetworkRows::cut),
                    Row.ofNetwork("network-one-way", NetworkRows::oneWay),
                    Row.ofNetwork("network-half-open", NetworkRows::halfOpen),
                    Row.ofNetwork("network-worker-overseer", NetworkRows::workerAndOverseer),
                    Row.ofNetwork(
                            "network-worker-coordinators", NetworkRows::workerAndCoordinators),
                    Row.ofNetwork(
                            "network-coordinator-overseer", NetworkRows::coordinatorAndOverseer),
                    Row.ofNetwork("network-bit-flips", NetworkRows::bitFlips));

    private NetworkRows() {}

    /// 30 to 80 ms each way between the client, the coordinators and the workers.
    private static void delay(Round round) throws Exception {
        everywhere(round, weather -> weather.delay(30, 50));
        round.awaitProgress(200, 3);
        everywhere(round, Weather::clear);
    }

    /// 5 % are lost between the client, the coordinators and the workers.
    private static void loss(Round round) throws Exception {
        everywhere(round, weather -> weather.loss(5));
        round.awaitProgress(200, 3);
        everywhere(round, Weather::clear);
    }

    private static void trickle(Round round) throws Exception {
        everywhere(round, weather -> weather.trickle(1_000_000));
        round.awaitProgress(200, 2);
        everywhere(round, Weather::clear);
    }

    /// A worker is away from everybody, and comes back.
    private static void cut(Round round) throws Exception {
        String worker = round.oneOf(FaultCluster.WORKERS);
        long cutMs = System.currentTimeMillis();
        round.cluster().proxy(worker).cut();
        round.cluster().proxy(worker + "-overseer").cut();
        Thread.sleep(LEASE_MS + 1_000);
        if (!round.cluster().isLost(worker)) {
            round.wrong(worker + " found a way to the overseer around the cut");
        }
        round.cluster().proxy(worker).clear();
        round.cluster().proxy(worker + "-overseer").clear();
        round.note(() -> Latency.redelivered(round.loads(), cutMs, 1_000));
        round.cluster().awaitMembers();
    }

    /// What a worker sends does not arrive, what it is sent does.
    private static void oneWay(Round round) throws Exception {
        String worker = round.oneOf(FaultCluster.WORKERS);
        long heldMs = System.currentTimeMillis();
        round.cluster().proxy(worker).weather().hold(Weather.Way.FROM_NODE);
        Thread.sleep(LEASE_MS + 4_000);
        round.note(() -> Latency.redelivered(round.loads(), heldMs, LEASE_MS + 3_000));
        round.cluster().proxy(worker).clear();
    }

    /// A worker has lost its connections, and the coordinators have not heard of it.
    private static void halfOpen(Round round) throws Exception {
        String worker = round.oneOf(FaultCluster.WORKERS);
        long lostMs = System.currentTimeMillis();
        round.cluster().proxy(worker).halfOpen();
        Thread.sleep(LEASE_MS + 4_000);
        round.note(() -> Latency.redelivered(round.loads(), lostMs, LEASE_MS + 3_000));
    }

    /// Only the worker and the overseer lose each other: the worker goes on with what it has.
    private static void workerAndOverseer(Round round) throws Exception {
        fromOverseer(round, round.oneOf(FaultCluster.WORKERS));
    }

    /// Only a coordinator and the overseer lose each other: its groups go on.
    private static void coordinatorAndOverseer(Round round) throws Exception {
        fromOverseer(round, round.oneOf(FaultCluster.COORDINATORS));
    }

    private static void fromOverseer(Round round, String node) throws Exception {
        Proxy between = round.cluster().proxy(node + "-overseer");
        between.cut();
        round.cluster().until(node + " is lost", () -> round.cluster().isLost(node));
        Thread.sleep(LEASE_MS);
        round.awaitProgress(100, 2);
        if (!round.cluster().isLost(node)) {
            round.wrong(node + " found a way to the overseer around the cut");
        }
        between.clear();
        round.cluster().awaitMembers();
    }

    /// The overseer lists a worker as ready that no coordinator reaches.
    private static void workerAndCoordinators(Round round) throws Exception {
        Proxy before = round.cluster().proxy(round.oneOf(FaultCluster.WORKERS));
        before.cut();
        Thread.sleep(LEASE_MS + 1_000);
        round.awaitProgress(100, 2);
        round.serveOne("without that worker");
        before.clear();
    }

    /// Ten of them on the way to the workers and back: TLS finds each, and the connection ends; no wrong byte passes.
    private static void bitFlips(Round round) throws Exception {
        for (int i = 0; i < 10; i++) {
            Weather.Way way =
                    round.random().nextBoolean() ? Weather.Way.TO_NODE : Weather.Way.FROM_NODE;
            round.cluster().proxy(round.oneOf(FaultCluster.WORKERS)).weather().flip(way);
            round.awaitProgress(20, 0);
        }
    }

    private static void everywhere(Round round, java.util.function.Consumer<Weather> change) {
        for (String node : FaultCluster.COORDINATORS) {
            change.accept(round.cluster().proxy(node).weather());
        }
        for (String node : FaultCluster.WORKERS) {
            change.accept(round.cluster().proxy(node).weather());
        }
    }
}
