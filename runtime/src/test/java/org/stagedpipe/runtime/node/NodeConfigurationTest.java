package org.stagedpipe.runtime.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.stagedpipe.features.RoleFeature;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

class NodeConfigurationTest {

    private static final Map<String, Object> WORKER =
            Map.of("name", "", "data", "", "overseers", "127.0.0.1:9400", "port", 9420L);
    private static final Map<String, Object> OVERSEER =
            Map.of("name", "", "data", "", "host", "127.0.0.1", "port", 9400L, "adminPort", 9401L);
    private static final RoleFeature ONE = new RoleFeature(List.of(), Map.of("p.worker", WORKER));
    private static final RoleFeature ALL =
            new RoleFeature(
                    List.of(),
                    Map.of("p.worker", WORKER, "p.overseer", OVERSEER, "p.shell", Map.of("x", 1L)));

    @Test
    void laysTheFileOverTheDefaultsAndTheCommandLineOverBoth() throws Exception {
        Map<String, Object> merged =
                NodeConfiguration.merge(
                                ONE,
                                Map.of(
                                        "p.worker",
                                        Map.of("overseers", "a:1", "port", 5L, "own", 1)),
                                given("b:2", null))
                        .byPid()
                        .get("p.worker");
        assertEquals(
                Map.of("name", "n", "data", "/d", "overseers", "b:2", "port", 5L, "own", 1),
                merged);
    }

    @Test
    void takesTheFoldersNameFromTheFileWhereThereIsOneRole() throws Exception {
        var file = Map.of("p.worker", Map.<String, Object>of("data", "/mnt/big"));
        assertEquals("/mnt/big", NodeConfiguration.folder(ONE, file).orElseThrow());
        assertTrue(NodeConfiguration.folder(ONE, Map.of()).isEmpty());
        var blank = Map.of("p.worker", Map.<String, Object>of("data", ""));
        assertTrue(NodeConfiguration.folder(ALL, blank).isEmpty());
        StartException refused =
                assertThrows(StartException.class, () -> NodeConfiguration.folder(ALL, file));
        assertEquals(
                "p.worker: data: \"/mnt/big\" (expected: none; --data is the folder of all roles)",
                refused.getMessage());
    }

    @Test
    void movesAllPortsByTheSameDistance() throws Exception {
        Map<String, Map<String, Object>> moved = merge(ALL, given(null, 1400));
        assertEquals(1400, value(moved, "p.overseer", "port"));
        assertEquals(1401, value(moved, "p.overseer", "adminPort"));
        assertEquals(1420, value(moved, "p.worker", "port"));
        assertEquals("127.0.0.1:1400", value(moved, "p.worker", "overseers"));
    }

    @Test
    void givesEachRoleOfOneProcessItsNameAndFolder() throws Exception {
        Map<String, Map<String, Object>> merged = merge(ALL, given(null, null));
        assertEquals("overseer-n", value(merged, "p.overseer", "name"));
        assertEquals("/d/worker", value(merged, "p.worker", "data"));
        assertEquals(Map.of("x", 1L), merged.get("p.shell"));
    }

    @Test
    void findsAFreePortForTheOverseerThatTheOthersOfItsProcessNeed() throws Exception {
        Map<String, Map<String, Object>> merged = merge(ALL, given(null, 0));
        Object port = value(merged, "p.overseer", "port");
        assertNotEquals(0, port);
        assertEquals(0, value(merged, "p.overseer", "adminPort"));
        assertEquals(0, value(merged, "p.worker", "port"));
        assertEquals("127.0.0.1:" + port, value(merged, "p.worker", "overseers"));
    }

    @Test
    void pointsToTheOverseerAsItsPeersReachIt() throws Exception {
        assertEquals("[::1]:9400", overseers(Map.of("host", "::1")));
        assertEquals("h1:9400", overseers(Map.of("host", "0.0.0.0", "advertise", "h1")));
        assertEquals("[2001:db8::1]:1", overseers(Map.of("advertise", "2001:db8::1", "port", "1")));
    }

    /// Those of the worker in the process of an overseer of which the file says that.
    private static @Nullable Object overseers(Map<String, Object> overseer) throws StartException {
        Map<String, Map<String, Object>> file = Map.of("p.overseer", overseer);
        return value(
                NodeConfiguration.merge(ALL, file, given(null, null)).byPid(),
                "p.worker",
                "overseers");
    }

    @Test
    void knowsTheRolesByTheirNames() {
        assertEquals(List.of("p.overseer", "p.worker"), NodeConfiguration.roles(ALL));
    }

    @Test
    void givesAStopTheTimeThatTheRolesWait() throws Exception {
        assertEquals(Duration.ofSeconds(30), stopWithin(Map.of()));
        assertEquals(
                Duration.ofSeconds(130),
                stopWithin(Map.of("p.worker", Map.of("stopTimeoutMs", 100_000L))));
        assertEquals(
                Duration.ofSeconds(130),
                stopWithin(Map.of("p.worker", Map.of("stopTimeoutMs", "100000"))));
        assertEquals(
                Duration.ofSeconds(30),
                stopWithin(Map.of("p.worker", Map.of("stopTimeoutMs", "soon"))));
    }

    private static Duration stopWithin(Map<String, Map<String, Object>> file)
            throws StartException {
        return NodeConfiguration.merge(ALL, file, given(null, null)).stopWithin();
    }

    private static @Nullable Object value(
            Map<String, Map<String, Object>> byPid, String pid, String key) {
        return byPid.getOrDefault(pid, Map.of()).get(key);
    }

    private static Map<String, Map<String, Object>> merge(
            RoleFeature feature, NodeConfiguration.Given given) throws StartException {
        return NodeConfiguration.merge(feature, Map.of(), given).byPid();
    }

    private static NodeConfiguration.Given given(
            @Nullable String overseers, @Nullable Integer port) {
        return new NodeConfiguration.Given("n", Path.of("/d"), overseers, port);
    }
}
