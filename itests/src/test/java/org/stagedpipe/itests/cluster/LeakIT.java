package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Group;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.Load;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// A worker whose plugins leave threads behind, one more than it may bear.
class LeakIT {

    private static final String OPEN = "{\"label\":\"test\"}";
    private static final int RECYCLE = 75;
    private static final long WAIT_MS = 20;

    @TempDir static Path folder;

    private static Cluster cluster;

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.start(folder, 1);
        startLeaking();
        cluster.awaitReady(3);
    }

    /// The worker `w2`, which bears one leak.
    private static NodeProcess startLeaking() throws Exception {
        Path conf = Files.createDirectories(folder.resolve("conf"));
        Files.writeString(
                conf.resolve("worker.json"),
                """
                {"org.stagedpipe.worker": {"leakBudget": 1, "leakSpreadMs": 0, "unloadTimeoutMs": 300}}
                """);
        return cluster.startNode(
                "worker", "w2", NodeProcess.SMALL, List.of("--conf", conf.toString()));
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void aWorkerThatLeaksPastItsBudgetDrainsAndEndsAndNothingIsLost() throws Exception {
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "steady", "1.0.0", "1"));
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "leaky", "1.0.0.leaking", "1"));
        try (Group group = cluster.client().group("steady").configuration(OPEN).open()) {
            Traffic traffic = new Traffic(group);
            AtomicLong sent = new AtomicLong();
            AtomicBoolean isOver = new AtomicBoolean();
            FutureTask<Void> load = new FutureTask<>(() -> send(traffic, sent, isOver), null);
            Thread.ofPlatform().name("load").start(load);

            cluster.publish(Mode.UPDATE, ProbePlugin.build(folder, "leaky", "1.1.0.leaking", "1"));
            // both, as a worker may be lost while it looks
            for (String worker : List.of("w1", "w2")) {
                cluster.until("one leak is known", () -> leaks(worker) == 1);
            }
            cluster.awaitReady(3);
            cluster.until("it is said what leaks", LeakIT::saysWhatLeaks);
            cluster.until("the group is on w2", () -> groups("w2") == 1);
            cluster.publish(Mode.UPDATE, ProbePlugin.build(folder, "leaky", "1.2.0", "1"));

            NodeProcess leaking = cluster.node("w2");
            assertEquals(RECYCLE, leaking.awaitExit(), cluster::events);
            assertTrue(
                    leaking.printed().stream()
                            .anyMatch(line ->
                                    line.contains(
                                            "2 class loaders of uninstalled plugins are held"
                                                    + " (expected: at most 1): leaky")),
                    leaking.printed()::toString);
            cluster.awaitReady(2);
            startLeaking(); // as whoever looks after it does
            cluster.awaitReady(3);
            cluster.until("the group is on w2 again", () -> groups("w2") == 1);
            assertEquals(0, leaks("w2"));
            assertTrue(cluster.node("w1").isAlive());

            isOver.set(true);
            load.get(60, TimeUnit.SECONDS);
            Map<Long, Outcome<byte[]>> outcomes = traffic.finish();
            assertEquals(Map.of("1.0.0", sent.get()), Traffic.servedBy(outcomes));
            assertEquals(sent.get(), group.counts().ok());
        }
    }

    /// The text follows the count by a heartbeat at most.
    private static boolean saysWhatLeaks() throws Exception {
        return Command.stagedpipe("node", "describe", "w2", "--overseer", cluster.overseer())
                .out()
                .contains("held by thread: thread \"forgotten\"");
    }

    private static void send(Traffic traffic, AtomicLong sent, AtomicBoolean isOver) {
        try {
            while (!isOver.get()) {
                long from = sent.get();
                traffic.send(from, from + 5, number -> Traffic.item(number, WAIT_MS, false));
                sent.addAndGet(5);
                Thread.sleep(WAIT_MS);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static int leaks(String worker) throws Exception {
        return load(worker).getLeakedLoaders();
    }

    private static int groups(String worker) throws Exception {
        return load(worker).getGroups();
    }

    /// Nothing while it is no member: a heap dump stops it for longer than the lease where the processor is busy.
    private static Load load(String worker) throws Exception {
        try (AdminClient admin = cluster.admin()) {
            return admin.nodes().stream()
                    .filter(node -> node.getName().equals(worker))
                    .map(NodeEntry::getLoad)
                    .findFirst()
                    .orElse(Load.getDefaultInstance());
        }
    }
}
