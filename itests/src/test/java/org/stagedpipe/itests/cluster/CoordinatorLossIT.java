package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Counts;
import org.stagedpipe.client.Group;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// Coordinators that go away in the middle of a group: the client goes on with another one. Each test has a cluster of its
/// own with two of them.
///
/// How soon it goes on is printed here and bounded widely, since other builds may use the machine; the goals are judged by
/// `itests/faults`. The bound is below what the connection's keepalive takes (10 and 5 s), so the lease has to see it.
class CoordinatorLossIT {

    private static final String OPEN = "{\"label\":\"test\"}";
    private static final long MOST_MS = 12_000;

    @TempDir Path folder;

    private Cluster cluster;

    @BeforeEach
    void start() throws Exception {
        cluster = Cluster.start(folder, 2);
        cluster.startNode("coordinator", "c2");
        cluster.awaitReady(4);
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "probe", "1.0.0", "1"));
    }

    @AfterEach
    void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void groupsOfAKilledCoordinatorGoOnWithAnother() throws Exception {
        try (Group ordered = cluster.client().group("probe").configuration(OPEN).ordered().open()) {
            String first = ordered.coordinator();
            cluster.publish(Mode.UPDATE, ProbePlugin.build(folder, "probe", "1.1.0", "1"));
            Traffic traffic = new Traffic(ordered);
            traffic.startSending();
            cluster.until("1,000 outcomes came", () -> traffic.received() >= 1_000);
            long ms = kill(ordered, traffic);
            if (ms >= MOST_MS) { // perhaps a pause of the machine
                cluster.startNode("coordinator", first);
                cluster.awaitReady(4);
                first = ordered.coordinator();
                ms = kill(ordered, traffic);
            }
            long sent = traffic.stopSending();
            TreeMap<Long, Outcome<byte[]>> outcomes = traffic.finish();

            judge("killed", ms);
            assertEquals(sent, outcomes.size());
            assertEquals(Map.of("1.0.0", sent), Traffic.servedBy(outcomes));
            assertEquals(new Counts(sent, sent, 0, 0), ordered.counts());
            assertEquals(first.equals("c1") ? "c2" : "c1", ordered.coordinator());
        }
    }

    @Test
    void groupsOfAFrozenCoordinatorGoOnWithAnother() throws Exception {
        try (Group group = cluster.client().group("probe").configuration(OPEN).ordered().open()) {
            Traffic traffic = new Traffic(group);
            traffic.startSending();
            cluster.until("500 outcomes came", () -> traffic.received() >= 500);
            long ms = freeze(group, traffic);
            if (ms >= MOST_MS) { // perhaps a pause of the machine
                cluster.awaitReady(4);
                ms = freeze(group, traffic);
            }
            judge("frozen", ms);
            long sent = traffic.stopSending();

            assertEquals(Map.of("1.0.0", sent), Traffic.servedBy(traffic.finish()));
            assertEquals(new Counts(sent, sent, 0, 0), group.counts());
        }
    }

    /// How long the group waits for an outcome after its coordinator was killed.
    private long kill(Group group, Traffic traffic) throws Exception {
        int resumes = group.resumes();
        cluster.node(group.coordinator()).kill();
        return goesOnMs(group, resumes, traffic);
    }

    /// The same after it froze.
    private long freeze(Group group, Traffic traffic) throws Exception {
        NodeProcess coordinator = cluster.node(group.coordinator());
        int resumes = group.resumes();
        coordinator.freeze();
        try {
            return goesOnMs(group, resumes, traffic);
        } finally {
            coordinator.thaw();
        }
    }

    /// From now until an outcome comes from another coordinator.
    private long goesOnMs(Group group, int resumes, Traffic traffic) throws Exception {
        long begin = System.nanoTime();
        cluster.until("the group went on", () -> group.resumes() > resumes);
        long before = traffic.received();
        cluster.until("outcomes come again", () -> traffic.received() > before);
        return (System.nanoTime() - begin) / 1_000_000;
    }

    @Test
    void aCoordinatorThatIsToldToStopSendsItsGroupsElsewhere() throws Exception {
        try (Group group = cluster.client().group("probe").configuration(OPEN).open()) {
            Traffic traffic = new Traffic(group);
            traffic.startSending();
            cluster.until("500 outcomes came", () -> traffic.received() >= 500);
            String first = group.coordinator();
            assertEquals(0, cluster.node(first).stop(), cluster.node(first).log());
            cluster.until("the group went on", () -> group.resumes() >= 1);
            long sent = traffic.stopSending();

            assertEquals(Map.of("1.0.0", sent), Traffic.servedBy(traffic.finish()));
            assertEquals(new Counts(sent, sent, 0, 0), group.counts());
            assertEquals(1, group.resumes());
        }
    }

    /// On a worker that never had its version, too. When it has ended the version leaves.
    @Test
    void aGroupOfAnUninstalledPluginGoesOnWithAnother() throws Exception {
        try (Group group = cluster.client().group("probe").configuration(OPEN).open()) {
            Traffic traffic = new Traffic(group);
            traffic.send(0, 500, Traffic::item);
            Command uninstall =
                    Command.stagedpipe(
                            "plugin", "uninstall", "probe", "--overseer", cluster.overseer());
            assertEquals(0, uninstall.status(), uninstall.output());
            cluster.startNode("worker", "w3");
            cluster.awaitReady(5);
            cluster.node("w1").kill();
            cluster.node("w2").kill();
            cluster.node(group.coordinator()).kill();
            traffic.send(500, 1_000, Traffic::item);

            assertEquals(Map.of("1.0.0", 1_000L), Traffic.servedBy(traffic.finish()));
            assertEquals(1, group.resumes());
        }
        Exception refused =
                assertThrows(
                        Exception.class,
                        () -> cluster.client().group("probe").configuration(OPEN).open());
        assertTrue(
                String.valueOf(refused.getMessage()).contains("\"probe\" was uninstalled"),
                refused::toString);
        cluster.until(
                "its version left",
                () ->
                        cluster.entry("w3").getPluginsList().stream()
                                .allMatch(plugin -> plugin.getState() == State.UNLOADED));
    }

    @Test
    void goesOnWithoutAnyOverseer() throws Exception {
        try (Group group = cluster.client().group("probe").configuration(OPEN).open()) {
            Traffic traffic = new Traffic(group);
            traffic.send(0, 500, Traffic::item);
            cluster.node("o1").kill();
            cluster.node(group.coordinator()).kill();
            traffic.send(500, 1_000, Traffic::item);

            assertEquals(Map.of("1.0.0", 1_000L), Traffic.servedBy(traffic.finish()));
            assertEquals(1, group.resumes());
            assertEquals(new Counts(1_000, 1_000, 0, 0), group.counts());
        }
    }

    private static void judge(String what, long ms) {
        String text = "outcomes came again " + ms + " ms after the coordinator was " + what;
        System.out.println(text);
        assertTrue(ms < MOST_MS, text);
    }
}
