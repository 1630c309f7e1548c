package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.RolloutEntry;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// New versions tried on a share of the groups, in a cluster of real processes under a stream of new groups.
class RolloutIT {

    @TempDir static Path folder;

    private static Cluster cluster;

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

    @Test
    void aCanaryThatHoldsIsWhatAllNewGroupsGet() throws Exception {
        install("held");
        try (NewGroups groups = new NewGroups(cluster, "held").start()) {
            Command update = canary("held", "1.1.0", 50, "500ms", 10, 0);
            assertEquals(0, update.status(), update.output());
            assertTrue(update.err().contains("canary"), update.err());
            groups.stop();
            Map<String, Long> served = groups.served();
            assertEquals(List.of("1.0.0", "1.1.0"), List.copyOf(served.keySet()));
        }
        NewGroups.awaitVersion(cluster, "held", "1.1.0");
        Command rollouts = cli("rollout", "list");
        assertTrue(rollouts.out().contains("done"), rollouts.out());
    }

    @Test
    void aCanaryThatFailsMoreOftenIsRolledBackByItself() throws Exception {
        install("failing");
        try (NewGroups groups = new NewGroups(cluster, "failing").start()) {
            Command update = canary("failing", "1.1.0.faulty", 50, "500ms", 10, 0);
            assertEquals(6, update.status(), update.output());
            assertTrue(update.err().contains("items failed"), update.err());
            groups.stop();
            assertEquals(List.of("1.0.0", "fault"), List.copyOf(groups.served().keySet()));
        }
        NewGroups.awaitVersion(cluster, "failing", "1.0.0");
    }

    @Test
    void aCanaryThatTakesLongerIsRolledBackByItself() throws Exception {
        install("slower");
        try (NewGroups groups = new NewGroups(cluster, "slower").start()) {
            // few groups get it, and it has time, so that many items of the old version are there
            // to compare with
            Command update = canary("slower", "1.1.0.slow", 10, "60s", 20, 3);
            assertEquals(6, update.status(), update.output());
            assertTrue(update.err().contains("19 of 20 items take"), update.err());
            groups.stop();
        }
        NewGroups.awaitVersion(cluster, "slower", "1.0.0");
    }

    @Test
    void aVersionThatAWorkerCannotStartIsRolledBack() throws Exception {
        install("unstarted");
        Command update =
                cli(
                        "plugin",
                        "update",
                        ProbePlugin.build(folder, "unstarted", "1.1.0.broken", "1").toString());
        assertEquals(6, update.status(), update.output());
        assertTrue(update.err().contains("1.1.0.broken does not start"), update.err());
        NewGroups.awaitVersion(cluster, "unstarted", "1.0.0");
    }

    @Test
    void aRollingUpdateSurvivesTheOverseersDeathAndRollsBackWithinSeconds() throws Exception {
        install("rolling");
        Path jar = ProbePlugin.build(folder, "rolling", "1.1.0", "1");
        Command begun =
                cli(
                        "plugin",
                        "update",
                        jar.toString(),
                        "--strategy",
                        "rolling",
                        "--steps",
                        "20,60",
                        "--approve",
                        "--hold",
                        "100ms",
                        "--min-items",
                        "5",
                        "--max-latency-factor",
                        "0", // cold ones take any time
                        "--no-wait");
        assertEquals(0, begun.status(), begun.output());
        String id = begun.out().split(" ")[1];
        try (NewGroups groups = new NewGroups(cluster, "rolling").start()) {
            awaitState(groups, id, "waiting", 1);
            decide(id, Decision.APPROVE);
            cluster.node("o1").kill();
            cluster.startOverseer();
            cluster.awaitReady(3);
            awaitState(groups, id, "waiting", 2); // the second step begins anew and holds

            long from = System.nanoTime();
            assertEquals("rolled_back", decide(id, Decision.ABORT).getState());
            NewGroups.awaitVersion(cluster, "rolling", "1.0.0");
            long tookMs = (System.nanoTime() - from) / 1_000_000;
            System.out.println("a new group got the old version " + tookMs + " ms after the abort");
            assertTrue(tookMs < 5_000, "rolled back after " + tookMs + " ms");
            groups.stop();
            assertEquals(List.of("1.0.0", "1.1.0"), List.copyOf(groups.served().keySet()));
        }
        assertEquals(6, cli("rollout", "status", id, "--watch").status());
    }

    private static RolloutEntry decide(String id, Decision decision) throws Exception {
        try (AdminClient admin = cluster.admin()) {
            return admin.decide(id, decision);
        }
    }

    private static void awaitState(NewGroups groups, String id, String state, int step)
            throws Exception {
        try (AdminClient admin = cluster.admin()) {
            cluster.until(
                    id + " is " + state + " in step " + step,
                    () -> {
                        groups.check(); // without new groups no step ends
                        return admin.rollouts().stream()
                                .anyMatch(rollout ->
                                        rollout.getId().equals(id)
                                                && rollout.getState().equals(state)
                                                && rollout.getStep() == step);
                    });
        }
    }

    private static void install(String name) throws Exception {
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, name, "1.0.0", "1"));
    }

    /// @param slower how many times as long its items may take; 0: any time, as cold ones do on a busy machine
    private static Command canary(
            String name, String version, int percent, String hold, int minItems, int slower)
            throws Exception {
        return cli(
                "plugin",
                "update",
                ProbePlugin.build(folder, name, version, "1").toString(),
                "--strategy",
                "canary",
                "--canary-percent",
                Integer.toString(percent),
                "--hold",
                hold,
                "--min-items",
                Integer.toString(minItems),
                "--max-latency-factor",
                Integer.toString(slower));
    }

    private static Command cli(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--overseer", cluster.overseer()));
        return Command.stagedpipe(all.toArray(String[]::new));
    }
}
