package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.client.ClientException;
import org.stagedpipe.client.Group;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What `group why` says of a group that its worker holds back; what it says of its client, and of a worker that is drained:
/// [CommandLineIT].
class WhyIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ONE_CORE = NodeProcess.SMALL + " -XX:ActiveProcessorCount=1";
    private static final int ITEM_BYTES = 1_000_000;
    private static final int BUDGET = 6_500_000; // two items, each with three times its size
    private static final int ENOUGH = 1_000; // items

    @TempDir static Path folder;

    private static Cluster cluster;

    @BeforeAll
    static void start() throws Exception {
        Path conf = Files.createDirectories(folder.resolve("conf"));
        Files.writeString( // a worker may take long to start again
                conf.resolve("coordinator.json"),
                """
                {"org.stagedpipe.coordinator": {"noWorkerTimeoutMs": 120000}}
                """);
        Files.writeString(
                conf.resolve("worker.json"),
                """
                {"org.stagedpipe.worker":
                    {"memoryPausePercent": 45, "memoryResumePercent": 40, "nodeWindowBytes": %d}}
                """
                        .formatted(BUDGET));
        cluster = Cluster.overseer(folder);
        cluster.startNode(
                "coordinator", "c1", NodeProcess.SMALL, List.of("--conf", conf.toString()));
        startWorker();
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "probe", "1.0.0", "1"));
    }

    private static void startWorker() throws Exception {
        cluster.startNode(
                "worker", "w1", ONE_CORE, List.of("--conf", folder.resolve("conf").toString()));
        cluster.awaitReady(2);
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void itemsHaveAllMemoryThatTheyMayHave() throws Exception {
        try (Group group = open()) {
            send(group, item("x".repeat(ITEM_BYTES), 60_000));
            JsonNode w1 =
                    awaitWhy(
                            group,
                            "worker memory",
                            "Worker memory is full: \\d+ % of the time items waited for w1, which"
                                    + " holds 5\\.7 MiB of 6\\.2 MiB\\.");
            assertEquals(BUDGET, w1.get("budgetBytes").asInt());
            long reserved = w1.get("reservedBytes").asLong();
            assertTrue(reserved > 6L * ITEM_BYTES, w1.toString());
        }
    }

    @Test
    void theWorkerPauses() throws Exception {
        try (Group group = open()) {
            group.submit(item("heavy", 60_000));
            send(group, item("light", 60_000));
            JsonNode w1 =
                    awaitWhy(
                            group,
                            "worker memory",
                            "Worker memory is full: \\d+ % of the time items waited for w1, which"
                                    + " pauses and holds [0-9.]+ \\S*B of 6\\.2 MiB\\.");
            assertTrue(w1.get("paused").asBoolean(), w1.toString());
        }
        cluster.until(
                "w1 takes items again",
                () -> !cluster.entry("w1").getLoad().getMemory().getPaused());
    }

    @Test
    void noCoreIsLeft() throws Exception {
        try (Group group = open()) {
            send(group, item("busy", 100));
            JsonNode w1 =
                    awaitWhy(
                            group,
                            "too few workers",
                            "There are too few workers: \\d+ % of the time items waited for w1 with"
                                    + " [0-9.]+ of 1 cores busy \\([0-9.]+ by all of its"
                                    + " machine\\)\\.");
            assertEquals(1, w1.get("cores").asInt());
            assertTrue(w1.get("running").asInt() > 0, w1.toString());
        }
    }

    @Test
    void noWorkerIsReady() throws Exception {
        try (Group group = open()) {
            Traffic traffic = new Traffic(group);
            traffic.startSending();
            cluster.until("items run", () -> traffic.received() > 0);
            cluster.node("w1").kill();
            JsonNode why =
                    awaitSentence(
                            group,
                            "too few workers",
                            "There are too few workers: \\d+ % of the time none was ready\\.");
            assertTrue(why.at("/waits/noWorker").asInt() > 50, why.toString());
            assertEquals(0, why.get("workers").size(), why.toString());
            startWorker();
            long sent = traffic.stopSending();
            assertEquals(Map.of("1.0.0", sent), Traffic.servedBy(traffic.finish()));
        }
    }

    private static Group open() throws Exception {
        return cluster.client()
                .group("probe")
                .configuration("{\"label\":\"test\"}")
                .window(ENOUGH, 20L << 20)
                .open();
    }

    private static byte[] item(String text, int waitMs) {
        return "{\"text\":\"%s\",\"waitMs\":%d}"
                .formatted(text, waitMs)
                .getBytes(StandardCharsets.UTF_8);
    }

    /// That item, more often than it is taken, until the group is closed.
    private static void send(Group group, byte[] item) {
        Thread.ofVirtual()
                .name("items")
                .start(() -> {
                    try {
                        for (int i = 0; i < ENOUGH; i++) {
                            group.submit(item);
                        }
                    } catch (InterruptedException | ClientException e) {
                        // the test has seen enough
                    }
                });
    }

    /// @return what is said of the worker, for which the group waits most of the time
    private static JsonNode awaitWhy(Group group, String limit, String sentence) throws Exception {
        JsonNode why = awaitSentence(group, limit, sentence);
        assertTrue(why.at("/waits/workers").asInt() > 50, why.toString());
        assertEquals(1, why.get("workers").size(), why.toString());
        JsonNode worker = why.get("workers").get(0);
        assertEquals("w1", worker.get("name").asText());
        return worker;
    }

    /// The worker's figures come with its heartbeats.
    ///
    /// @param sentence a regular expression for all of it
    private static JsonNode awaitSentence(Group group, String limit, String sentence)
            throws Exception {
        JsonNode[] last = {JSON.nullNode()};
        try {
            cluster.until(
                    "it is said: " + sentence,
                    () -> {
                        last[0] = JSON.readTree(why(group));
                        return last[0].get("sentence").asText().matches(sentence);
                    });
        } catch (AssertionError e) {
            throw new AssertionError("it was said: " + last[0], e);
        }
        assertEquals(limit, last[0].get("limit").asText());
        return last[0];
    }

    /// @return JSON; as text null while the overseer does not know the group
    private static String why(Group group) throws Exception {
        Command why =
                Command.stagedpipe(
                        "group",
                        "why",
                        group.id().toString(),
                        "--over",
                        "1s",
                        "-o",
                        "json",
                        "--overseer",
                        cluster.overseer());
        return why.status() == 0 ? why.out() : "{\"sentence\":\"" + why.status() + "\"}";
    }
}
