package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.client.Group;
import org.stagedpipe.client.GroupBuilder;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.RolloutEntry;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Workers that join, or are killed, while a step of a rolling update holds: a stream of new groups meanwhile, a group of each
/// version in progress, and each of their items is answered by its version. One cluster with the workers `w1` and `w2`; each
/// test brings a plugin of its own.
class RolloutMembersIT {

    private static final String OLD = "1.0.0";
    private static final String NEW = "1.1.0";
    private static final long ITEM_MS = 10; // or the items would keep all cores busy
    private static final int WINDOW = 64; // items, or they would take long to the end

    @TempDir static Path folder;

    private static Cluster cluster;

    private String plugin = "";

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.start(folder, 2);
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @AfterEach
    void bringBack() throws Exception {
        for (String more : List.of("w0", "w3")) {
            cluster.stopIfAlive(more);
        }
        if (!cluster.node("w1").isAlive()) {
            cluster.startNode("worker", "w1");
        }
        cluster.awaitReady(3);
    }

    @Test
    void whoJoinsGetsItWithItsStepAndAllEndOnIt() throws Exception {
        install("joined");
        String id = update(1, 60);
        try (Load load = new Load()) {
            load.await(id, "waiting", 1);
            assertEquals(List.of("w1"), rollout(id).getWorkersList());

            cluster.startNode("worker", "w0");
            cluster.awaitReady(4);
            load.awaitOldOn("w0");
            assertEquals(Set.of(OLD), held("w0"));
            assertEquals(List.of("w1"), rollout(id).getWorkersList());

            decide(id, Decision.APPROVE);
            load.await(id, "waiting", 2); // for 60 %, two of three, the first by name
            assertEquals(List.of("w0", "w1"), rollout(id).getWorkersList());
            assertEquals(Set.of(OLD, NEW), held("w0"));
            assertEquals(Set.of(OLD), held("w2"));

            decide(id, Decision.APPROVE);
            load.await(id, "done", 2);
            load.assertWhole();
        }
        assertAllEndOn(NEW, "w0", "w1", "w2");
    }

    @Test
    void theRolloutGoesOnWithoutACanaryThatWasKilledAndIsNotBack() throws Exception {
        install("replaced");
        cluster.startNode("worker", "w3");
        cluster.awaitReady(4);
        String id = update(2, 80);
        try (Load load = new Load()) {
            load.await(id, "waiting", 1);
            assertEquals(List.of("w1", "w2"), rollout(id).getWorkersList());

            cluster.node("w1").kill();
            decide(id, Decision.APPROVE);
            load.await(id, "waiting", 2); // once w1 has been away for two leases
            assertEquals(Set.of(OLD, NEW), held("w3"));

            decide(id, Decision.APPROVE);
            load.await(id, "done", 2);
            load.assertWhole();
        }
        assertAllEndOn(NEW, "w2", "w3");
    }

    /// No other worker takes its place: the version may have killed it.
    @Test
    void aVersionWhoseOnlyCanaryWasKilledIsRolledBackByItself() throws Exception {
        install("deserted");
        String id = update(1, 60);
        try (Load load = new Load()) {
            load.await(id, "waiting", 1);
            assertEquals(List.of("w1"), rollout(id).getWorkersList());

            cluster.node("w1").kill();
            cluster.until(
                    "it is rolled back, and w2 did not have it until then",
                    () -> {
                        load.groups.check();
                        boolean hasIt = held("w2").contains(NEW);
                        boolean isBack = rollout(id).getState().equals("rolled_back");
                        if (hasIt && !isBack) {
                            throw new AssertionError("w2 has " + NEW + cluster.events());
                        }
                        return isBack;
                    });
            assertEquals(
                    "no worker that has it is here any more (expected: at least one of w1)",
                    rollout(id).getText());
            NewGroups.awaitVersion(cluster, plugin, OLD);
            cluster.startNode("worker", "w1");
            cluster.awaitReady(3);
            load.assertWhole();
        }
        assertAllEndOn(OLD, "w1", "w2");
    }

    private void install(String name) throws Exception {
        plugin = name;
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, name, OLD, "1"));
    }

    /// Begins one of two steps, which end when they are approved; when it returns, new groups get the first.
    ///
    /// @param canaryWorkers of the first step
    /// @param percent of the second
    /// @return its ID
    private String update(int canaryWorkers, int percent) throws Exception {
        Command begun =
                Command.stagedpipe(
                        "plugin",
                        "update",
                        ProbePlugin.build(folder, plugin, NEW, "1").toString(),
                        "--strategy",
                        "rolling",
                        "--canary-workers",
                        Integer.toString(canaryWorkers),
                        "--steps",
                        Integer.toString(percent),
                        "--approve",
                        "--hold",
                        "100ms",
                        "--min-items",
                        "5",
                        "--max-latency-factor",
                        "0", // cold ones take any time
                        "--no-wait",
                        "--overseer",
                        cluster.overseer());
        assertEquals(0, begun.status(), begun.output());
        return begun.out().split(" ")[1];
    }

    private RolloutEntry rollout(String id) throws Exception {
        try (AdminClient admin = cluster.admin()) {
            return admin.rollouts().stream()
                    .filter(rollout -> rollout.getId().equals(id))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void decide(String id, Decision decision) throws Exception {
        try (AdminClient admin = cluster.admin()) {
            admin.decide(id, decision);
        }
    }

    /// The versions that a worker has, or has to have.
    private Set<String> held(String worker) throws Exception {
        return cluster.entry(worker).getPluginsList().stream()
                .filter(status ->
                        status.getState() != State.UNLOADING && status.getState() != State.UNLOADED)
                .map(PluginStatus::getPlugin)
                .filter(one -> one.getName().equals(plugin))
                .map(PluginVersion::getVersion)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// All of them have that version only, and each runs items of a new group.
    private void assertAllEndOn(String version, String... workers) throws Exception {
        for (String worker : workers) {
            cluster.until(
                    worker + " has " + version + " only",
                    () -> held(worker).equals(Set.of(version)));
        }
        Path journal = folder.resolve(plugin + ".journal");
        String open = "{\"label\":\"test\",\"journal\":\"" + journal + "\"}";
        try (Group group =
                cluster.client().group(plugin).configuration(open).window(WINDOW, 1 << 20).open()) {
            Traffic traffic = new Traffic(group);
            traffic.startSending(ITEM_MS);
            for (String worker : workers) {
                String line = cluster.node(worker).pid() + " item ";
                cluster.until(
                        worker + " runs items",
                        () -> {
                            traffic.received();
                            return Files.exists(journal)
                                    && Files.readString(journal).contains(line);
                        });
            }
            assertAnswered(traffic, version);
        }
    }

    private static void assertAnswered(Traffic traffic, String version) throws Exception {
        long sent = traffic.stopSending();
        assertEquals(Map.of(version, sent), Traffic.servedBy(traffic.finish()));
        assertEquals(sent, traffic.group().counts().ok());
    }

    /// What is sent while workers come and go.
    private final class Load implements AutoCloseable {

        private final Traffic old = new Traffic(builder().version(OLD).open());
        private final Traffic canary = new Traffic(builder().version(NEW).open());
        private final NewGroups groups = new NewGroups(cluster, plugin).start();

        Load() throws Exception {
            old.startSending(ITEM_MS);
            canary.startSending(ITEM_MS);
        }

        private GroupBuilder builder() {
            return cluster.client()
                    .group(plugin)
                    .configuration("{\"label\":\"test\"}")
                    .window(WINDOW, 1 << 20);
        }

        void await(String id, String state, int step) throws Exception {
            cluster.until(
                    id + " is " + state + " in step " + step,
                    () -> {
                        groups.check(); // without new groups no step ends
                        RolloutEntry now = rollout(id);
                        return now.getState().equals(state) && now.getStep() == step;
                    });
        }

        void awaitOldOn(String worker) throws Exception {
            try (AdminClient admin = cluster.admin()) {
                cluster.until(
                        "the old version's group is open on " + worker,
                        () ->
                                admin.groups().stream()
                                        .map(open -> open.getSummary())
                                        .anyMatch(open ->
                                                open.getPlugin().getVersion().equals(OLD)
                                                        && open.getWorkersList().contains(worker)));
            }
        }

        /// Ends it: nothing is lost, nothing failed, new groups were served by both.
        void assertWhole() throws Exception {
            groups.stop();
            assertEquals(Set.of(OLD, NEW), groups.served().keySet());
            assertAnswered(old, OLD);
            assertAnswered(canary, NEW);
        }

        @Override
        public void close() throws Exception {
            groups.close();
            old.group().close();
            canary.group().close();
        }
    }
}
