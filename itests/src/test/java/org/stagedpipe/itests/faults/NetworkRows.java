package org.stagedpipe.itests.faults;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

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
        everywhere(round, 3, weather -> weather.delay(30, 50));
    }

    /// 5 % are lost between the client, the coordinators and the workers.
    private static void loss(Round round) throws Exception {
        everywhere(round, 3, weather -> weather.loss(5));
    }

    private static void trickle(Round round) throws Exception {
        everywhere(round, 2, weather -> weather.trickle(1_000_000));
    }

    /// What the groups do meanwhile comes through these proxies.
    private static void everywhere(Round round, int big, Consumer<Weather> change)
            throws Exception {
        List<Proxy> coordinators =
                FaultCluster.COORDINATORS.stream().map(round.cluster()::proxy).toList();
        List<Proxy> workers = FaultCluster.WORKERS.stream().map(round.cluster()::proxy).toList();
        List<Proxy> all = Stream.concat(coordinators.stream(), workers.stream()).toList();
        all.forEach(proxy -> change.accept(proxy.weather()));
        long toCoordinators = passed(coordinators);
        long toWorkers = passed(workers);
        round.awaitProgress(200, big);
        long itemBytes = (long) (big - 1) * Load.Shape.BIG.bytes(); // one may have been on its way
        long coordinatorBytes = passed(coordinators) - toCoordinators;
        long workerBytes = passed(workers) - toWorkers;
        all.forEach(proxy -> proxy.weather().clear());
        round.mustHit(
                coordinatorBytes
                        + " bytes by coordinators' proxies, "
                        + workerBytes
                        + " by workers'",
                () -> coordinatorBytes >= itemBytes && workerBytes >= itemBytes);
    }

    private static long passed(List<Proxy> proxies) {
        return proxies.stream().mapToLong(Proxy::passed).sum();
    }

    /// A worker is away from everybody, and comes back.
    private static void cut(Round round) throws Exception {
        String worker = round.oneOf(FaultCluster.WORKERS);
        long cutMs = System.currentTimeMillis();
        cut(round, worker);
        cut(round, worker + "-overseer");
        Thread.sleep(LEASE_MS + 1_000);
        if (!round.cluster().isLost(worker)) {
            round.wrong(worker + " found a way to the overseer around the cut");
        }
        round.cluster().proxy(worker).clear();
        round.cluster().proxy(worker + "-overseer").clear();
        round.mustRunAgain(Goal.KILLED_WORKER, cutMs);
        round.cluster().awaitMembers();
    }

    /// What a worker sends does not arrive, what it is sent does.
    private static void oneWay(Round round) throws Exception {
        String worker = round.oneOf(FaultCluster.WORKERS);
        long heldMs = System.currentTimeMillis();
        round.cluster().proxy(worker).weather().hold(Weather.Way.FROM_NODE);
        Thread.sleep(LEASE_MS + 4_000);
        round.mustRunElsewhere(heldMs);
        round.cluster().proxy(worker).clear();
    }

    /// A worker has lost its connections, and the coordinators have not heard of it.
    private static void halfOpen(Round round) throws Exception {
        String worker = round.oneOf(FaultCluster.WORKERS);
        long lostMs = System.currentTimeMillis();
        int connections = round.cluster().proxy(worker).halfOpen();
        round.mustHit("no connection to " + worker, () -> connections > 0);
        Thread.sleep(LEASE_MS + 4_000);
        round.mustRunElsewhere(lostMs);
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
        cut(round, node + "-overseer");
        round.cluster().until(node + " is lost", () -> round.cluster().isLost(node));
        Thread.sleep(LEASE_MS);
        round.awaitProgress(100, 2);
        if (!round.cluster().isLost(node)) {
            round.wrong(node + " found a way to the overseer around the cut");
        }
        round.cluster().proxy(node + "-overseer").clear();
        round.cluster().awaitMembers();
    }

    /// The overseer lists a worker as ready that no coordinator reaches.
    private static void workerAndCoordinators(Round round) throws Exception {
        String worker = round.oneOf(FaultCluster.WORKERS);
        cut(round, worker);
        Thread.sleep(LEASE_MS + 1_000);
        round.awaitProgress(100, 2);
        round.serveOne("without that worker");
        round.cluster().proxy(worker).clear();
    }

    private static void cut(Round round, String proxy) {
        int connections = round.cluster().proxy(proxy).cut();
        round.mustHit("no connection through proxy " + proxy, () -> connections > 0);
    }

    /// Ten of them on the way to the workers and back: TLS finds each, and the connection ends; no wrong byte passes.
    private static void bitFlips(Round round) throws Exception {
        int before = flipped(round);
        for (int i = 0; i < 10; i++) {
            Weather.Way way =
                    round.random().nextBoolean() ? Weather.Way.TO_NODE : Weather.Way.FROM_NODE;
            round.cluster().proxy(round.oneOf(FaultCluster.WORKERS)).weather().flip(way);
            round.awaitProgress(20, 0);
        }
        int flips = flipped(round) - before;
        round.note(() -> flips + " bits flipped");
        round.mustHit("fewer than 5 of 10 bits flipped", () -> flips >= 5);
    }

    private static int flipped(Round round) {
        return FaultCluster.WORKERS.stream()
                .mapToInt(worker -> round.cluster().proxy(worker).weather().flipped())
                .sum();
    }
}
