package org.stagedpipe.itests.faults;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
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
                    Row.ofNetwork("network-one-way-client", NetworkRows::oneWayToClients),
                    Row.ofNetwork("network-deaf-worker", NetworkRows::deafWorker),
                    Row.ofNetwork("network-deaf-coordinator", NetworkRows::deafCoordinator),
                    Row.ofNetwork("network-blackhole-worker", NetworkRows::workerInBlackhole),
                    Row.ofNetwork(
                            "network-blackhole-coordinator", NetworkRows::coordinatorInBlackhole),
                    Row.ofNetwork("network-half-open", NetworkRows::halfOpen),
                    Row.ofNetwork("network-half-open-client", NetworkRows::halfOpenToClients),
                    Row.ofNetwork("network-one-connection", NetworkRows::oneConnection),
                    Row.ofNetwork("network-worker-overseer", NetworkRows::workerAndOverseer),
                    Row.ofNetwork(
                            "network-worker-coordinators", NetworkRows::workerAndCoordinators),
                    Row.ofNetwork(
                            "network-coordinator-overseer", NetworkRows::coordinatorAndOverseer),
                    Row.ofNetwork(
                            "network-bit-flips", round -> bitFlips(round, FaultCluster.WORKERS)),
                    Row.ofNetwork("network-bit-flips-client", NetworkRows::bitFlipsToClients));

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
        holdWorker(round, Weather.Way.FROM_NODE);
    }

    /// What a worker is sent does not arrive, what it sends does.
    private static void deafWorker(Round round) throws Exception {
        holdWorker(round, Weather.Way.TO_NODE);
    }

    /// Nothing arrives either way, and nobody is told.
    private static void workerInBlackhole(Round round) throws Exception {
        holdWorker(round, Weather.Way.values());
    }

    private static void holdWorker(Round round, Weather.Way... ways) throws Exception {
        Proxy proxy = round.cluster().proxy(round.oneOf(FaultCluster.WORKERS));
        long heldMs = System.currentTimeMillis();
        hold(round, proxy, ways);
        Thread.sleep(LEASE_MS + 4_000);
        round.mustRunElsewhere(Goal.SILENT_WORKER, heldMs);
        proxy.clear();
    }

    /// What a coordinator sends to its clients does not arrive, what they send does.
    private static void oneWayToClients(Round round) throws Exception {
        holdCoordinator(round, Weather.Way.FROM_NODE);
    }

    /// What clients send to a coordinator does not arrive, what it sends does.
    private static void deafCoordinator(Round round) throws Exception {
        holdCoordinator(round, Weather.Way.TO_NODE);
    }

    private static void coordinatorInBlackhole(Round round) throws Exception {
        holdCoordinator(round, Weather.Way.values());
    }

    /// Its groups go on with the other one, and it finds that out when it is heard again.
    private static void holdCoordinator(Round round, Weather.Way... ways) throws Exception {
        Proxy proxy = round.cluster().proxy(round.coordinatorInUse());
        long heldMs = System.currentTimeMillis();
        hold(round, proxy, ways);
        goOnElsewhere(round, heldMs);
        proxy.clear();
        round.awaitProgress(100, 2);
    }

    private static void hold(Round round, Proxy proxy, Weather.Way... ways) {
        int before = proxy.weather().heldUp();
        for (Weather.Way way : ways) {
            proxy.weather().hold(way);
        }
        round.mustHit("nothing was held up", () -> proxy.weather().heldUp() > before);
    }

    private static void goOnElsewhere(Round round, long silentMs) throws Exception {
        round.awaitProgress(100, 2);
        round.mustGoOn(Goal.SILENT_COORDINATOR, silentMs);
        round.mustHit("no group had to go elsewhere", () -> round.resumes() > 0);
    }

    /// A worker has lost its connections, and the coordinators have not heard of it.
    private static void halfOpen(Round round) throws Exception {
        String worker = round.oneOf(FaultCluster.WORKERS);
        long lostMs = System.currentTimeMillis();
        int connections = round.cluster().proxy(worker).halfOpen();
        round.mustHit("no connection to " + worker, () -> connections > 0);
        Thread.sleep(LEASE_MS + 4_000);
        round.mustRunElsewhere(Goal.SILENT_WORKER, lostMs);
    }

    /// A coordinator has lost its clients' connections, and they have not heard of it.
    private static void halfOpenToClients(Round round) throws Exception {
        String coordinator = round.coordinatorInUse();
        long lostMs = System.currentTimeMillis();
        int connections = round.cluster().proxy(coordinator).halfOpen();
        round.mustHit("no connection to " + coordinator, () -> connections > 0);
        goOnElsewhere(round, lostMs);
    }

    /// Only the connection with the items falls silent: the lease, on another one, is renewed, so the keepalive has to find it.
    private static void oneConnection(Round round) throws Exception {
        ProxyLink busiest = busiest(round.cluster().proxy(round.oneOf(FaultCluster.WORKERS)));
        long silentMs = System.currentTimeMillis();
        busiest.loseNode();
        Thread.sleep(Goal.SILENT_CONNECTION.ms());
        round.mustRunElsewhere(Goal.SILENT_CONNECTION, silentMs);
    }

    /// That with most bytes in a second.
    private static ProxyLink busiest(Proxy proxy) throws InterruptedException {
        Map<ProxyLink, Long> before =
                proxy.links().stream().collect(Collectors.toMap(link -> link, ProxyLink::passed));
        Thread.sleep(1_000);
        return before.keySet().stream()
                .max(
                        Comparator.comparingLong(
                                link -> link.passed() - before.getOrDefault(link, 0L)))
                .orElseThrow(() -> new AssertionError("no connection"));
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
        long cutMs = System.currentTimeMillis();
        cut(round, worker);
        Thread.sleep(LEASE_MS + 1_000);
        round.mustRunElsewhere(Goal.KILLED_WORKER, cutMs);
        round.awaitProgress(100, 2);
        round.serveOne("without that worker");
        round.cluster().proxy(worker).clear();
    }

    private static void cut(Round round, String proxy) {
        int connections = round.cluster().proxy(proxy).cut();
        round.mustHit("no connection through proxy " + proxy, () -> connections > 0);
    }

    /// The same between clients and coordinators: the groups go on each time.
    private static void bitFlipsToClients(Round round) throws Exception {
        bitFlips(round, FaultCluster.COORDINATORS);
        round.mustHit("no group lost its connection", () -> round.resumes() > 0);
    }

    /// Ten of them on the way to these nodes and back: TLS finds each, and the connection ends; no wrong byte passes.
    private static void bitFlips(Round round, List<String> nodes) throws Exception {
        int before = flipped(round, nodes);
        for (int i = 0; i < 10; i++) {
            Weather.Way way =
                    round.random().nextBoolean() ? Weather.Way.TO_NODE : Weather.Way.FROM_NODE;
            round.cluster().proxy(round.oneOf(nodes)).weather().flip(way);
            round.awaitProgress(20, 0);
        }
        int flips = flipped(round, nodes) - before;
        round.note(() -> flips + " bits flipped");
        round.mustHit("fewer than 5 of 10 bits flipped", () -> flips >= 5);
    }

    private static int flipped(Round round, List<String> nodes) {
        return nodes.stream()
                .mapToInt(node -> round.cluster().proxy(node).weather().flipped())
                .sum();
    }
}
