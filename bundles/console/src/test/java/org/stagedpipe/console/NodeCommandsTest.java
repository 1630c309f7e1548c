package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.CordonNodeRequest;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.Role;

import java.util.List;

/// `node`.
class NodeCommandsTest extends OneConsole {

    @Test
    void listsNodesAsTable() {
        Run run = run("node", "list");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", run.err());
        List<String> lines = run.out().lines().toList();
        assertEquals(4, lines.size());
        assertEquals(
                List.of(
                        "NAME", "ROLE", "ADDRESS", "STATE", "VERSION", "GROUPS", "ITEMS", "ITEMS/S",
                        "HEAP"),
                List.of(lines.get(0).split(" +")));
        assertTrue(
                lines.get(3)
                        .matches(
                                "worker-1 +worker +127.0.0.1:9420 +ready +1.0.0 +2 +17 +123 +64.0"
                                        + " MiB of 512.0 MiB"),
                lines.get(3));
    }

    @Test
    void listsNodesAsJson() throws Exception {
        JsonNode worker = run("node", "list", "-o", "json").json().get(2);
        assertEquals("worker-1", worker.get("name").asText());
        assertEquals("worker", worker.get("role").asText());
        assertEquals("127.0.0.1:9420", worker.get("address").asText());
        assertEquals("2026-11-23T00:00:00Z", worker.get("joined").asText());
        assertEquals("2026-11-23T00:00:01.500Z", worker.get("lastSeen").asText());
        assertEquals(4711, worker.get("pid").asInt());
        assertEquals(17, worker.get("load").get("itemsInFlight").asInt());
        assertEquals("ready", worker.get("plugins").get(0).get("state").asText());
        JsonNode memory = worker.get("load").get("memory");
        assertTrue(memory.get("paused").asBoolean());
        assertEquals("2023-11-14T22:13:20Z", memory.get("since").asText());
        assertEquals(3 << 20, memory.get("reservedBytes").asLong());
        assertEquals(256 << 20, memory.get("budgetBytes").asLong());
        assertEquals(0.85, memory.get("gauge").asDouble());
    }

    @Test
    void saysOfAnOverseerThatFollowsWhatIsKnown() throws Exception {
        NodeEntry follows =
                Samples.node("o2", Role.OVERSEER, 9400).toBuilder()
                        .clearLoad()
                        .clearDiskFreeBytes()
                        .clearStoreGaugeOf()
                        .setState("follows")
                        .build();
        NodeEntry unknown =
                NodeEntry.newBuilder()
                        .setName("o3")
                        .setRole(Role.OVERSEER)
                        .setState("lost")
                        .build();
        overseer.coordinators = List.of(follows, unknown);
        String listed = run("node", "list").out();
        assertTrue(
                listed.lines()
                        .anyMatch(line ->
                                line.matches(
                                        "o2 +overseer +127.0.0.1:9400 +follows +1.0.0 +- +- +-"
                                                + " +-")),
                listed);
        assertTrue(
                listed.lines()
                        .anyMatch(line -> line.matches("o3 +overseer +- +lost +- +- +- +- +-")),
                listed);
        JsonNode followsJson = run("node", "describe", "o2", "-o", "json").json();
        assertEquals("1.0.0", followsJson.get("version").asText());
        assertEquals(4711, followsJson.get("pid").asInt());
        assertTrue(followsJson.get("load").isNull());
        assertTrue(followsJson.get("diskFreeBytes").isNull());
        JsonNode unknownJson = run("node", "describe", "o3", "-o", "json").json();
        for (String key : List.of("address", "version", "pid", "joined", "lastSeen", "load")) {
            assertTrue(unknownJson.get(key).isNull(), key);
        }
    }

    @Test
    void describesNode() throws Exception {
        Run run = run("node", "describe", "worker-1");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("4711"), run.out());
        assertTrue(run.out().contains("85 % (heap after collection)"), run.out());
        assertTrue(run.out().contains("3.0 MiB of 256.0 MiB"), run.out());
        assertTrue(
                run.out()
                        .contains(
                                "paused since 2023-11-14T22:13:20Z: heap after collection at 85 %"),
                run.out());
        assertTrue(run.out().contains("birdstrikes  1.1.0    ready"), run.out());
        assertEquals(
                "worker-1",
                run("node", "describe", "worker-1", "-o", "json").json().get("name").asText());
    }

    @Test
    void saysHowFullTheStoreIs() throws Exception {
        Run run = run("node", "describe", "o1");
        assertTrue(run.out().contains("12 % (plugin.birdstrikes)"), run.out());
        assertTrue(
                run.out().lines().anyMatch(line -> line.matches("disk free +7\\.0 GiB")),
                run.out());
        JsonNode node = run("node", "describe", "o1", "-o", "json").json();
        assertEquals(0.12, node.get("store").get("gauge").asDouble());
        assertFalse(run("node", "describe", "worker-1").out().contains("store gauge"));
    }

    @Test
    void saysWhatHoldsTheClassLoaderOfAnUninstalledPlugin() throws Exception {
        Run run = run("node", "describe", "worker-1");
        assertTrue(
                run.out().lines().anyMatch(l -> l.matches("class loaders leaked +1")), run.out());
        assertTrue(
                run.out()
                        .lines()
                        .anyMatch(l ->
                                l.matches("counter +1\\.9\\.0 +unloading +0 +.*")
                                        && l.endsWith(TestOverseer.HELD)),
                run.out());
        JsonNode node = run("node", "describe", "worker-1", "-o", "json").json();
        assertEquals(1, node.get("load").get("leakedLoaders").asInt());
        assertEquals("unloading", node.get("plugins").get(1).get("state").asText());
        assertEquals(TestOverseer.HELD, node.get("plugins").get(1).get("text").asText());
    }

    @Test
    void suggestsTheNearestNode() {
        Run run = run("node", "describe", "worker-2");
        assertEquals(4, run.exitCode());
        assertEquals("", run.out());
        assertEquals(
                "stagedpipe: node \"worker-2\": there is no such node; did you mean worker-1?\n",
                run.err());
    }

    @Test
    void cordonsAndResumesNodes() {
        Run run = run("node", "cordon", "worker-1");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("worker-1 gets nothing new\n", run.out());
        assertEquals("worker-1 gets new work again\n", run("node", "resume", "worker-1").out());
        assertEquals(
                List.of(true, false),
                overseer.cordons.stream().map(CordonNodeRequest::getCordoned).toList());
        assertEquals(
                "stagedpipe: node \"worker-2\": there is no such node; did you mean worker-1?\n",
                run("node", "drain", "worker-2").err());
    }

    @Test
    void forgetsAnOverseer() {
        Run run = run("node", "forget", "o3");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("store: fish 1.0.0 (0 of 2)\ndone: it is through\n", run.err());
        assertEquals("o3 is forgotten\n", run.out());
        assertEquals("o3", overseer.forgotten.getFirst().getName());
        assertEquals("{\"forgotten\":\"o3\"}", compact(run("node", "forget", "o3", "-o", "json")));
    }

    private static String compact(Run run) {
        return run.out().replaceAll("\\s", "");
    }

    @Test
    void drainSaysWhatIsLeft() {
        Run run = run("node", "drain", "worker-1", "--timeout", "1ms");
        assertEquals(5, run.exitCode());
        assertEquals(
                "stagedpipe: worker-1 still has 17 items after 1 ms; it stays cordoned\n",
                run.err());
        assertTrue(overseer.cordons.getFirst().getCordoned());
        assertTrue(overseer.cordons.getFirst().getDrained());
    }

    @Test
    void drainWaitsUntilAllCoordinatorsKnow() {
        NodeEntry idle =
                NodeEntry.newBuilder()
                        .setName("worker-1")
                        .setRole(Role.WORKER)
                        .setState("cordoned")
                        .build();
        overseer.worker =
                look -> idle.toBuilder().setLastSeenMs(look).setCordoning(look <= 5).build();
        Run run = run("node", "drain", "worker-1", "--timeout", "60s");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(7, overseer.workerLooks.get());
        overseer.worker = look -> idle.toBuilder().setLastSeenMs(look).setCordoning(true).build();
        Run late = run("node", "drain", "worker-1", "--timeout", "500ms");
        assertEquals(5, late.exitCode());
        assertEquals(
                "stagedpipe: worker-1 still has 0 items after 500 ms; it stays cordoned, not all"
                        + " coordinators know of it\n",
                late.err());
    }

    @Test
    void aNodeThatSomebodyResumesMeanwhileIsNotDrained() {
        NodeEntry idle = NodeEntry.newBuilder().setName("worker-1").setRole(Role.WORKER).build();
        overseer.worker =
                look ->
                        idle.toBuilder()
                                .setLastSeenMs(look)
                                .setState(look < 3 ? "cordoned" : "ready")
                                .build();
        Run run = run("node", "drain", "worker-1", "--timeout", "60s");
        assertEquals(1, run.exitCode(), run.out());
        assertEquals(
                "stagedpipe: worker-1: somebody resumed it meanwhile (expected: cordoned until it"
                        + " has nothing left)\n",
                run.err());
    }

    @Test
    void aNodeThatIsOnlyCutOffIsNotDrained() {
        overseer.losesCordoned = true;
        Run run = run("node", "drain", "worker-1", "--timeout", "300ms");
        assertEquals(5, run.exitCode());
        assertEquals(
                "stagedpipe: worker-1 is no member any more; seen last with 17 items after 300 ms;"
                        + " it stays cordoned\n",
                run.err());
    }
}
