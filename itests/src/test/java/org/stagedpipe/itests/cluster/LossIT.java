package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Group;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Nodes that go away in the middle of a group. Each test has a cluster of its own.
///
/// How soon a group goes on is printed here and bounded widely, since other builds may use the machine; the goals are
/// judged by `itests/faults`.
class LossIT {

    private static final String OPEN = "{\"label\":\"test\"}";
    private static final int ITEMS = 100;
    private static final long FROZEN_MS = 20_000;

    @TempDir Path folder;

    private Cluster cluster;

    @BeforeEach
    void start() throws Exception {
        cluster = Cluster.start(folder, 2);
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "probe", "1.0.0", "1"));
    }

    @AfterEach
    void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void aWorkerKilledInMidGroupLosesAndDoublesNothing() throws Exception {
        try (Group group = cluster.client().group("probe").configuration(OPEN).open()) {
            Traffic traffic = new Traffic(group);
            traffic.startSending();
            awaitGroupOn("w1");
            long before = traffic.received() + 1_000;
            cluster.until("1,000 outcomes came", () -> traffic.received() >= before);
            cluster.node("w1").kill();
            long more = traffic.received() + 1_000;
            cluster.until("the group went on", () -> traffic.received() >= more);
            long sent = traffic.stopSending();
            TreeMap<Long, Outcome<byte[]>> outcomes = traffic.finish();

            assertEquals(sent, outcomes.size());
            assertEquals(Map.of("1.0.0", sent), Traffic.servedBy(outcomes));
            long again = 0;
            for (Outcome<byte[]> outcome : outcomes.values()) {
                again += Traffic.json(outcome).get("attempt").asInt() > 1 ? 1 : 0;
            }
            assertTrue(again > 0, "no item ran again, so none was in flight on the killed worker");
            assertEquals(sent, group.counts().accepted());
            assertEquals(sent, group.counts().ok());
        }
        cluster.until(
                "the overseer removed w1",
                () -> {
                    try (var admin = cluster.admin()) {
                        return admin.nodes().stream()
                                .noneMatch(node ->
                                        node.getName().equals("w1")
                                                && node.getState().equals("ready"));
                    }
                });
    }

    @Test
    void aFrozenWorkersItemsRunElsewhereAndItsLateResultsDoNotCount() throws Exception {
        try (Group group = cluster.client().group("probe").configuration(OPEN).open()) {
            Traffic traffic = new Traffic(group);
            traffic.send(0, 500, number -> Traffic.item(number, 2, false));
            awaitGroupOn("w1");
            traffic.send(500, 1_000, number -> Traffic.item(number, 2, false));
            cluster.node("w1").freeze();
            long frozen = System.nanoTime();
            try {
                traffic.send(
                        1_000, 1_500, number -> Traffic.item(number, 2, false)); // nobody knows yet
                cluster.until("all outcomes came", () -> traffic.received() == 1_500);
                long ms = (System.nanoTime() - frozen) / 1_000_000;
                String text = "the last outcome came " + ms + " ms after the worker was frozen";
                System.out.println(text);
                assertTrue(ms < FROZEN_MS, text);
            } finally {
                cluster.node("w1").thaw();
            }
            traffic.send(1_500, 1_600, Traffic::item);
            TreeMap<Long, Outcome<byte[]>> outcomes = traffic.finish();

            assertEquals(Map.of("1.0.0", 1_600L), Traffic.servedBy(outcomes));
            long again = 0;
            for (Outcome<byte[]> outcome : outcomes.values()) {
                again += Traffic.json(outcome).get("attempt").asInt() > 1 ? 1 : 0;
            }
            assertTrue(again > 0, "no item ran again, so none was in flight on the frozen worker");
        }
    }

    private void awaitGroupOn(String worker) throws Exception {
        try (AdminClient admin = cluster.admin()) {
            cluster.until(
                    "the group is open on " + worker,
                    () ->
                            admin.groups().stream()
                                    .anyMatch(open ->
                                            open.getSummary().getWorkersList().contains(worker)));
        }
    }

    @Test
    void noGroupNoticesThatTheOverseerRestarts() throws Exception {
        try (Group group = cluster.client().group("probe").configuration(OPEN).open()) {
            Traffic traffic = new Traffic(group);
            traffic.send(0, 500, Traffic::item);
            cluster.node("o1").kill();
            traffic.send(500, 1_500, Traffic::item);
            cluster.startOverseer();
            traffic.send(1_500, 2_000, Traffic::item);
            cluster.awaitReady(3);
            traffic.send(2_000, 2_500, Traffic::item);
            TreeMap<Long, Outcome<byte[]>> outcomes = traffic.finish();
            assertEquals(Map.of("1.0.0", 2_500L), Traffic.servedBy(outcomes));
            assertEquals(2_500, outcomes.size());
            for (Outcome<byte[]> outcome : outcomes.values()) {
                assertEquals(1, Traffic.json(outcome).get("attempt").asInt());
            }
        }
        // what it knew is still there
        cluster.publish(Mode.UPDATE, ProbePlugin.build(folder, "probe", "1.1.0", "1"));
        try (Group group = cluster.client().group("probe").configuration(OPEN).open()) {
            assertEquals("1.1.0", group.version());
        }
    }

    @Test
    void aWorkerThatJoinsInMidGroupGetsItems() throws Exception {
        try (Group group = cluster.client().group("probe").configuration(OPEN).open()) {
            Traffic traffic = new Traffic(group);
            traffic.send(0, 200, Traffic::item);
            cluster.node("w1").kill();
            cluster.node("w2").kill();
            cluster.startNode("worker", "w3");
            traffic.send(200, 1_000, Traffic::item);
            assertEquals(Map.of("1.0.0", 1_000L), Traffic.servedBy(traffic.finish()));
        }
    }

    @Test
    void sigtermEndsEveryNodeWithStatusZero() throws Exception {
        stopWithItemsInFlight("w1");
        for (String node : new String[] {"w2", "c1", "o1"}) {
            assertEquals(0, cluster.node(node).stop(), node + cluster.node(node).log());
        }
    }

    /// What runs is answered, what has not begun runs elsewhere: nothing begins twice.
    private void stopWithItemsInFlight(String worker) throws Exception {
        Path journal = folder.resolve("journal");
        String open = "{\"label\":\"test\",\"journal\":\"" + journal + "\"}";
        try (Group group = cluster.client().group("probe").configuration(open).open()) {
            Traffic traffic = new Traffic(group);
            traffic.send(0, ITEMS, number -> Traffic.item(number, 1_000, false));
            String pid = cluster.node(worker).pid() + " ";
            cluster.until(worker + " has items that run", () -> begun(journal, pid).size() >= 2);
            long before = begun(journal, "").size();
            assertTrue(before < ITEMS, "no item waits to begin");
            assertTrue(traffic.received() < before, "no item runs");
            assertEquals(0, cluster.node(worker).stop(), () -> cluster.node(worker).log());
            assertEquals(Map.of("1.0.0", (long) ITEMS), Traffic.servedBy(traffic.finish()));
        }
        List<String> begun = begun(journal, "");
        assertEquals(ITEMS, begun.size(), "items that began");
        assertEquals(ITEMS, begun.stream().map(line -> line.split(" ", 2)[1]).distinct().count());
    }

    private static List<String> begun(Path journal, String start) throws IOException {
        return Files.exists(journal)
                ? Files.readAllLines(journal).stream()
                        .filter(line -> line.startsWith(start))
                        .toList()
                : List.of();
    }
}
