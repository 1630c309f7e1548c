package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.ClientException;
import org.stagedpipe.client.Group;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// One cluster of real processes; each test brings plugins of its own.
class ClusterIT {

    private static final String OPEN = "{\"label\":\"test\"}";

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
    void twoPluginsRunWithTwoVersionsOfOneLibraryOfTheRepository() throws Exception {
        for (String version : List.of("1.5.0", "2.0.0")) {
            cluster.publish(Mode.LIBRARY, ProbePlugin.library(folder, version));
        }
        cluster.publish(Mode.INSTALL, ProbePlugin.needing(folder, "old-library", "[1.5,2)"));
        cluster.publish(Mode.INSTALL, ProbePlugin.needing(folder, "new-library", "[2,3)"));

        try (Group one = cluster.client().group("old-library").configuration(OPEN).open();
                Group other = cluster.client().group("new-library").configuration(OPEN).open()) {
            Traffic first = new Traffic(one);
            Traffic second = new Traffic(other);
            first.send(0, 500, Traffic::item);
            second.send(0, 500, Traffic::item);
            for (Outcome<byte[]> outcome : first.finish().values()) {
                assertEquals("1.5.0", Traffic.json(outcome).get("library").asText());
            }
            for (Outcome<byte[]> outcome : second.finish().values()) {
                assertEquals("2.0.0", Traffic.json(outcome).get("library").asText());
            }
            assertEquals(500, one.counts().ok());
            assertEquals(500, other.counts().ok());
        }
    }

    @Test
    void aGroupInProgressFinishesOnTheOldVersionWhichThenIsCollected() throws Exception {
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "updated", "1.0.0", "1"));
        try (Group before = cluster.client().group("updated").configuration(OPEN).open()) {
            Traffic old = new Traffic(before);
            old.send(0, 300, Traffic::item);

            cluster.publish(Mode.UPDATE, ProbePlugin.build(folder, "updated", "1.1.0", "1"));

            old.send(300, 600, Traffic::item);
            try (Group after = cluster.client().group("updated").configuration(OPEN).open()) {
                Traffic fresh = new Traffic(after);
                fresh.send(0, 300, Traffic::item);
                assertEquals(Map.of("1.1.0", 300L), Traffic.servedBy(fresh.finish()));
            }
            assertEquals(Map.of("1.0.0", 600L), Traffic.servedBy(old.finish()));
        }
        for (String worker : List.of("w1", "w2")) {
            cluster.until(
                    "updated 1.0.0 is unloaded on " + worker,
                    () ->
                            cluster.entry(worker).getPluginsList().stream()
                                    .anyMatch(status ->
                                            status.getPlugin().getName().equals("updated")
                                                    && status.getPlugin()
                                                            .getVersion()
                                                            .equals("1.0.0")
                                                    && status.getState()
                                                            == PluginStatus.State.UNLOADED));
        }
    }

    @Test
    void aFollowingGroupMovesBetweenTwoItemsAndLosesNone() throws Exception {
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "followed", "1.0.0", "1"));
        try (Group following =
                cluster.client()
                        .group("followed")
                        .configuration(OPEN)
                        .following()
                        .ordered()
                        .open()) {
            Traffic traffic = new Traffic(following);
            AtomicLong sent = new AtomicLong();
            AtomicBoolean isOver = new AtomicBoolean();
            FutureTask<Void> load =
                    new FutureTask<>(() -> {
                        while (!isOver.get()) {
                            long from = sent.getAndAdd(20);
                            traffic.send(from, from + 20, Traffic::item);
                            LockSupport.parkNanos(1_000_000);
                        }
                        return null;
                    });
            Thread.ofPlatform().name("load").start(load);
            until(sent, 200);
            cluster.publish(Mode.UPDATE, ProbePlugin.build(folder, "followed", "1.1.0", "1"));
            cluster.until("it is on 1.1.0", () -> following.version().equals("1.1.0"));
            until(sent, sent.get() + 200);
            try (AdminClient admin = cluster.admin()) {
                admin.rollback("followed", null, null, PublishListener.none());
            }
            cluster.until("it is back on 1.0.0", () -> following.version().equals("1.0.0"));
            until(sent, sent.get() + 200);
            isOver.set(true);
            load.get(60, TimeUnit.SECONDS);

            Map<Long, Outcome<byte[]>> outcomes = traffic.finish();
            assertEquals(sent.get(), following.counts().ok());
            List<String> versions = new ArrayList<>();
            for (Outcome<byte[]> outcome : new TreeMap<>(outcomes).values()) {
                String version = Traffic.json(outcome).get("servedBy").asText();
                if (versions.isEmpty() || !versions.getLast().equals(version)) {
                    versions.add(version);
                }
            }
            assertEquals(List.of("1.0.0", "1.1.0", "1.0.0"), versions, "in the items' order");
        }
    }

    private static void until(AtomicLong sent, long items) throws Exception {
        cluster.until("item " + items + " is sent", () -> sent.get() >= items);
    }

    @Test
    void rollsBackToTheVersionBefore() throws Exception {
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "rolled-back", "1.0.0", "1"));
        cluster.publish(Mode.UPDATE, ProbePlugin.build(folder, "rolled-back", "2.0.0", "1"));
        assertEquals("2.0.0", serving("rolled-back"));

        try (AdminClient admin = cluster.admin()) {
            admin.rollback("rolled-back", null, null, PublishListener.none());
        }

        assertEquals("1.0.0", serving("rolled-back"));
        long now = System.currentTimeMillis();
        for (String worker : List.of("w1", "w2")) {
            cluster.until(
                    worker + " has said once more that it holds what it had left and came back to",
                    () ->
                            cluster.entry(worker).getLastSeenMs() > now
                                    && holds(worker, "rolled-back", "1.0.0"));
        }
    }

    private static boolean holds(String worker, String plugin, String version) throws Exception {
        return cluster.entry(worker).getPluginsList().stream()
                .filter(status -> status.getPlugin().getName().equals(plugin))
                .filter(status -> status.getPlugin().getVersion().equals(version))
                .map(PluginStatus::getState)
                .toList()
                .equals(List.of(PluginStatus.State.READY));
    }

    @Test
    void aPluginThatDoesNotResolveIsRefusedWithTheReasonAndNothingIsPushed() throws Exception {
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "unresolved", "1.0.0", "1"));
        Path broken =
                ProbePlugin.build(
                        folder,
                        "unresolved",
                        "1.1.0",
                        "1",
                        Map.of("Import-Package", "org.example.missing;version=\"[1,2)\",*"));

        CallException refused =
                assertThrows(CallException.class, () -> cluster.publish(Mode.UPDATE, broken));

        assertEquals(CallException.Kind.REFUSED, refused.kind());
        assertTrue(refused.getMessage().contains("org.example.missing"), refused.getMessage());
        assertEquals("1.0.0", serving("unresolved"));
        for (String worker : List.of("w1", "w2")) {
            assertTrue(
                    cluster.entry(worker).getPluginsList().stream()
                            .noneMatch(status ->
                                    status.getPlugin().getName().equals("unresolved")
                                            && status.getPlugin().getVersion().equals("1.1.0")),
                    "pushed to " + worker);
        }
    }

    @Test
    void aStageThatThrowsFailsItsItemOnly() throws Exception {
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "throwing", "1.0.0", "1"));
        try (Group group = cluster.client().group("throwing").configuration(OPEN).open()) {
            Traffic traffic = new Traffic(group);
            traffic.send(
                    0,
                    400,
                    number ->
                            number == 399
                                    ? "{not json"
                                    : Traffic.item(number, 0, number % 10 == 3));
            TreeMap<Long, Outcome<byte[]>> outcomes = traffic.finish();

            assertEquals(400, outcomes.size());
            for (long number = 0; number < 399; number++) {
                if (number % 10 == 3) {
                    Outcome.Failed<?> failed =
                            assertInstanceOf(Outcome.Failed.class, outcomes.get(number));
                    assertEquals(Fault.Kind.STAGE, failed.fault().kind());
                    assertEquals("check", failed.fault().stage());
                    assertEquals(1, failed.fault().attempt());
                    assertTrue(
                            failed.fault().text().contains("told to fail: item " + number),
                            failed.fault().text());
                } else {
                    assertEquals(
                            "item " + number,
                            Traffic.json(outcomes.get(number)).get("text").asText());
                }
            }
            Outcome.Failed<?> unreadable =
                    assertInstanceOf(Outcome.Failed.class, outcomes.get(399L));
            assertEquals(Fault.Kind.BAD_DATA, unreadable.fault().kind());
            assertEquals(400, group.counts().accepted());
            assertEquals(359, group.counts().ok());
            assertEquals(41, group.counts().failed());
            assertEquals(0, group.counts().aborted());
        }
    }

    @Test
    void aGroupThatFailsToOpenSaysWhy() throws Exception {
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "refusing", "1.0.0", "1"));

        assertTrue(
                openFailure("{\"refuse\":\"no such database\"}")
                        .contains("refused: no such database"));
        assertTrue(openFailure("{\"labl\":\"x\"}").contains("labl"));
        assertTrue(openFailure("{oops").contains("configuration"));
        ClientException unknown =
                assertThrows(
                        ClientException.class,
                        () -> cluster.client().group("refusin").configuration(OPEN).open());
        assertEquals(CallException.Kind.NOT_FOUND, unknown.kind());
        assertTrue(unknown.getMessage().contains("refusin"), unknown.getMessage());
        assertEquals("1.0.0", serving("refusing")); // and another group opens
    }

    @Test
    void anOrderedGroupOverTwoWorkersComesBackInOrder() throws Exception {
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "ordered", "1.0.0", "1"));
        try (Group group = cluster.client().group("ordered").configuration(OPEN).ordered().open()) {
            Thread sender =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    for (int i = 0; i < 2_000; i++) {
                                        group.submit(
                                                Traffic.item(i, i % 7 == 0 ? 2 : 0, false)
                                                        .getBytes());
                                    }
                                    group.finish();
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            });
            long expected = 0;
            for (Outcome<byte[]> outcome : group) {
                assertEquals(expected++, outcome.sequence());
            }
            assertEquals(2_000, expected);
            sender.join();
        }
    }

    @Test
    void bigItemsPassBothWays() throws Exception {
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "big-items", "1.0.0", "1"));
        String text = "x".repeat(6 << 20);
        try (Group group = cluster.client().group("big-items").configuration(OPEN).open()) {
            Traffic traffic = new Traffic(group);
            traffic.send(0, 4, number -> "{\"text\":\"" + number + text + "\"}");
            TreeMap<Long, Outcome<byte[]>> outcomes = traffic.finish();
            for (long number = 0; number < 4; number++) {
                assertEquals(
                        number + text, Traffic.json(outcomes.get(number)).get("text").asText());
            }
        }
    }

    @Test
    void anOperatorCancelsAGroup() throws Exception {
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "cancelled", "1.0.0", "1"));
        try (Group group = cluster.client().group("cancelled").configuration(OPEN).open()) {
            Traffic traffic = new Traffic(group);
            traffic.send(0, 50, number -> Traffic.item(number, 600_000, false));
            java.nio.ByteBuffer id = java.nio.ByteBuffer.allocate(16);
            id.putLong(group.id().getMostSignificantBits())
                    .putLong(group.id().getLeastSignificantBits())
                    .flip();
            com.google.protobuf.ByteString bytes = com.google.protobuf.ByteString.copyFrom(id);
            try (AdminClient admin = cluster.admin()) {
                cluster.until(
                        "the overseer knows the group",
                        () ->
                                admin.groups().stream()
                                        .anyMatch(entry ->
                                                entry.getSummary().getGroup().equals(bytes)));
                admin.cancel(bytes, "by the test");
            }
            TreeMap<Long, Outcome<byte[]>> outcomes = traffic.finish();
            assertEquals(50, outcomes.size());
            for (Outcome<byte[]> outcome : outcomes.values()) {
                Outcome.Aborted<?> aborted = assertInstanceOf(Outcome.Aborted.class, outcome);
                assertEquals(Fault.Kind.CANCELLED, aborted.fault().kind());
                assertTrue(aborted.fault().text().contains("by the test"), aborted.fault().text());
            }
            assertEquals(50, group.counts().aborted());
        }
    }

    /// The version that serves a new group.
    private static String serving(String plugin) throws Exception {
        try (Group group = cluster.client().group(plugin).configuration(OPEN).open()) {
            Traffic traffic = new Traffic(group);
            traffic.send(0, 1, Traffic::item);
            Map<String, Long> served = Traffic.servedBy(traffic.finish());
            assertEquals(1, served.size(), served.toString());
            return served.keySet().iterator().next();
        }
    }

    private static String openFailure(String configuration) {
        return assertThrows(
                        ClientException.class,
                        () ->
                                cluster.client()
                                        .group("refusing")
                                        .configuration(configuration)
                                        .open())
                .getMessage();
    }
}
