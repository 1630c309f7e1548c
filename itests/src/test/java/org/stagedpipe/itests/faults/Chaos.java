package org.stagedpipe.itests.faults;

import org.stagedpipe.itests.cluster.NodeProcess;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// Faults drawn by chance, up to [#AT_ONCE] at once, on any node or on any way between two, while an operator changes the plugin without
/// a pause ([ChaosOperator]), and groups of every kind are in progress. Afterwards everything must be as if there had been none.
final class Chaos {

    static final List<Row> ALL =
            List.of(
                    Row.ofOverseers("chaos", round -> new Chaos(round, false).follow()),
                    Row.ofOverseers("chaos-rollouts", round -> new Chaos(round, false).rollOut()),
                    Row.ofNetwork("chaos-network", round -> new Chaos(round, true).follow()));

    private static final Duration LASTS = Duration.ofSeconds(40);
    private static final int AT_ONCE = 3;
    private static final int LEAST_FAULTS = 10; // the draw has some 30
    private static final long SHORTEST_MS = 300;
    private static final long LONGEST_MS = 6_000; // longer than a lease
    private static final long BETWEEN_MS = 1_500;
    private static final Duration READY =
            Duration.ofSeconds(10); // a worker that is back, at the latest
    private static final Duration OPERATOR_ENDS = Duration.ofMinutes(2);
    private static final String JOURNAL = "chaos.journal";
    private static final int CLIENT_ITEMS = 8_000; // at most some 300 a second
    private static final String SHORT_OF_MEMORY =
            "{\"memoryPausePercent\": 2, \"memoryResumePercent\": 1, \"handBackAfterMs\": 1000}";

    private final Round round;
    private final FaultCluster cluster;
    private final SplittableRandom random;
    private final boolean network;
    private final Map<String, Underway> underway = new TreeMap<>(); // by where
    private final Map<String, Integer> drawn = new TreeMap<>(); // how often each
    private final Map<String, ClientProcess> clients = new TreeMap<>();
    private final Map<String, Long> calmSince = new ConcurrentHashMap<>(); // workers; by nanoTime
    private final Path journal;
    private final long startNanos = System.nanoTime();

    /// What is done and what undoes it; each may block for as long as a node takes to start.
    private record Misfortune(String name, Doing begin, Doing end) {}

    /// Something that is done to a node or a proxy.
    private interface Doing {
        void run() throws Exception;
    }

    private record Underway(Misfortune what, long untilNanos) {}

    private Chaos(Round round, boolean network) throws IOException {
        this.round = round;
        this.network = network;
        this.cluster = round.cluster();
        this.random = round.random();
        this.journal = cluster.data("chaos").resolve(JOURNAL);
        FaultCluster.WORKERS.forEach(
                worker -> calmSince.put(worker, startNanos - READY.toNanos() - 1));
    }

    /// Updates only, as a group that follows must never see a version twice.
    private void follow() throws Exception {
        Load following = round.startBeside(Load.Shape.FOLLOWING);
        round.awaitAnswers(following, 100);
        String last = run(ChaosOperator.updating(this, cluster, random.split()));
        cluster.until(
                "the following group moves to " + last,
                () -> following.hasEnded() || following.book().versions().getLast().equals(last));
        round.awaitAnswers(following, 100);
    }

    /// All that an operator may do.
    private void rollOut() throws Exception {
        run(ChaosOperator.trying(this, cluster, random.split()));
    }

    /// @return the version that new groups get then
    private String run(ChaosOperator operator) throws Exception {
        Load keyed = round.startBeside(Load.Shape.KEYED);
        round.awaitAnswers(keyed, 100);
        try {
            if (!network) { // or it would need certificates
                clients.put("client", ClientProcess.of(round, "chaos", false, CLIENT_ITEMS));
                clients.put("client-ordered", ClientProcess.of(round, "chaos", true, CLIENT_ITEMS));
            }
            storm(operator);
            cluster.heal();
            note("over");
            for (ClientProcess client : clients.values()) {
                round.judge(client.awaitEnd());
            }
        } finally {
            clients.values().forEach(ClientProcess::close);
        }
        operator.awaitRollouts();
        String last = cluster.publish(Mode.UPDATE).getCurrent().getVersion();
        round.serveOne("after the chaos");
        round.awaitAnswers(keyed, 100);
        operator.findings().forEach(round::wrong);
        int sum = drawn.values().stream().mapToInt(Integer::intValue).sum();
        round.note(() -> sum + " faults " + drawn + ", " + operator);
        round.mustHit(sum + " faults", () -> sum >= LEAST_FAULTS);
        round.mustHit("no change was acknowledged", operator::hasChanged);
        return last;
    }

    private void storm(ChaosOperator operator) throws Exception {
        Thread changes = Thread.ofVirtual().name("chaos-operator").start(operator);
        long end = System.nanoTime() + LASTS.toNanos();
        try {
            while (System.nanoTime() < end) {
                endThose(false);
                if (underway.size() < AT_ONCE) {
                    begin();
                }
                Thread.sleep(1 + random.nextLong(BETWEEN_MS));
            }
        } finally {
            operator.stop();
            try {
                endThose(true);
            } finally {
                if (!changes.join(OPERATOR_ENDS)) {
                    changes.interrupt();
                    round.wrong("the operator's change does not end within " + OPERATOR_ENDS);
                }
            }
        }
    }

    /// One that is not where another one is.
    private void begin() throws Exception {
        boolean way = network && random.nextBoolean();
        List<String> places = new ArrayList<>(way ? ways() : cluster.names());
        places.addAll(clients.keySet());
        places.removeAll(underway.keySet());
        if (underway.keySet().stream().anyMatch(place -> place.startsWith("o"))) {
            places.removeIf(place -> place.startsWith("o")); // the others are a majority
        }
        String place = round.oneOf(places);
        Misfortune what = misfortune(place, way);
        long lastsMs = SHORTEST_MS + random.nextLong(LONGEST_MS - SHORTEST_MS);
        note(place + " " + what.name() + " for " + lastsMs + " ms");
        calmSince.remove(worker(place));
        what.begin().run();
        drawn.merge(what.name(), 1, Integer::sum);
        underway.put(place, new Underway(what, System.nanoTime() + lastsMs * 1_000_000));
    }

    private Misfortune misfortune(String place, boolean way) {
        ClientProcess client = clients.get(place);
        if (client != null) {
            return new Misfortune("client killed", client::restart, () -> {});
        }
        return way ? onTheWay(cluster.proxy(place)) : ofNode(place);
    }

    /// Whose it is, or who is at one end of that way.
    private static String worker(String place) {
        return place.split("-", -1)[0];
    }

    /// Whether one of the workers was ready, and nothing happened to it, from that moment until now. For any thread.
    boolean hadCalmWorker(long fromNanos) {
        return FaultCluster.WORKERS.stream()
                .map(calmSince::get)
                .anyMatch(since -> since != null && fromNanos - since > READY.toNanos());
    }

    private static Collection<String> ways() {
        List<String> ways = new ArrayList<>();
        for (String node : FaultCluster.COORDINATORS) {
            ways.addAll(List.of(node, node + "-overseer"));
        }
        for (String node : FaultCluster.WORKERS) {
            ways.addAll(List.of(node, node + "-overseer"));
        }
        return ways;
    }

    private void endThose(boolean all) throws Exception {
        for (String place : List.copyOf(underway.keySet())) {
            Underway next = underway.get(place);
            if (next != null && (all || System.nanoTime() > next.untilNanos())) {
                underway.remove(place);
                next.what().end().run();
                if (underway.keySet().stream()
                        .noneMatch(other -> worker(other).equals(worker(place)))) {
                    calmSince.put(worker(place), System.nanoTime());
                }
                note(place + " back");
            }
        }
    }

    private Misfortune ofNode(String name) {
        NodeProcess node = cluster.node(name);
        return switch (random.nextInt(6)) {
            case 0, 1 -> new Misfortune("killed", node::kill, () -> cluster.restart(name));
            case 2, 3 -> new Misfortune("frozen", node::freeze, node::thaw);
            case 4 -> new Misfortune("terminated", node::terminate, () -> afterItsEnd(node));
            default ->
                    FaultCluster.WORKERS.contains(name) && !network
                            ? new Misfortune(
                                    "short of memory", () -> pause(node), () -> unpause(name))
                            : new Misfortune("frozen", node::freeze, node::thaw);
        };
    }

    private void afterItsEnd(NodeProcess node) throws Exception {
        int status = node.awaitExit();
        if (status != 0) {
            round.wrong(node.name() + " ended with " + status + " (expected: 0)");
        }
        cluster.restart(node.name());
    }

    /// Its next process takes nothing, and hands back what comes all the same.
    private void pause(NodeProcess worker) throws Exception {
        worker.kill();
        cluster.restartWorker(worker.name(), SHORT_OF_MEMORY);
    }

    private void unpause(String worker) throws Exception {
        cluster.node(worker).kill();
        cluster.restart(worker);
    }

    private Misfortune onTheWay(Proxy proxy) {
        Weather weather = proxy.weather();
        Weather.Way one = random.nextBoolean() ? Weather.Way.TO_NODE : Weather.Way.FROM_NODE;
        return switch (random.nextInt(7)) {
            case 0 -> new Misfortune("late", () -> weather.delay(30, 50), proxy::clear);
            case 1 -> new Misfortune("lossy", () -> weather.loss(10), proxy::clear);
            case 2 -> new Misfortune("slow", () -> weather.trickle(1_000_000), proxy::clear);
            case 3 -> new Misfortune("held one way", () -> weather.hold(one), proxy::clear);
            case 4 -> new Misfortune("flips a bit", () -> weather.flip(one), proxy::clear);
            case 5 -> new Misfortune("half open", proxy::halfOpen, proxy::clear);
            default -> new Misfortune("cut", proxy::cut, proxy::clear);
        };
    }

    /// For a person, kept with what the nodes wrote. For any thread.
    synchronized void note(String event) throws IOException {
        long ms = (System.nanoTime() - startNanos) / 1_000_000;
        Files.writeString(
                journal,
                "%6d %s%n".formatted(ms, event),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }
}
