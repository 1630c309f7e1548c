package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.client.ClientException;
import org.stagedpipe.client.Group;

import java.io.BufferedReader;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The commands as an operator types them, and what they say to bad input.
class CommandLineIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir static Path folder;

    private static Cluster cluster;
    private static Path plugin;

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.start(folder, 1);
        plugin = ProbePlugin.build(folder, "commanded", "1.0.0", "1");
        assertEquals(0, cli("plugin", "install", plugin.toString()).status());
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void listsAsTablesAndAsJson() throws Exception {
        assertTrue(cli("node", "list").out().contains("c1"));
        JsonNode nodes = JSON.readTree(cli("node", "list", "-o", "json").out());
        assertEquals(3, nodes.size(), nodes.toString());
        JsonNode plugins = JSON.readTree(cli("plugin", "list", "-o", "json").out());
        assertTrue(plugins.toString().contains("commanded"), plugins.toString());
        assertEquals(0, cli("plugin", "describe", "commanded").status());
        assertEquals(0, cli("node", "describe", "w1").status());
        assertEquals(0, cli("group", "list").status());
    }

    /// The build has run `prepare`. Which classes come from where, the JDK says itself.
    @Test
    void nodesTakeTheirClassesFromTheCache() throws Exception {
        Path loaded = folder.resolve("loaded.txt");
        ProcessBuilder builder =
                new ProcessBuilder(
                        Distribution.script().toString(),
                        "node",
                        "--role",
                        "worker",
                        "--port",
                        "0",
                        "--data",
                        folder.resolve("cached").toString(),
                        "--overseer",
                        "127.0.0.1:1");
        builder.environment().put("STAGEDPIPE_JAVA_OPTS", "-Xlog:class+load:file=" + loaded);
        Process node = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader said = node.inputReader()) {
            String line = String.valueOf(said.readLine());
            assertTrue(line.startsWith("worker "), line);
        } finally {
            node.destroy();
            node.waitFor();
        }
        String log = Files.readString(loaded);
        assertTrue(log.contains("org.stagedpipe.worker.WorkerNode source: shared objects file"));
        String loadedByItems = "org.stagedpipe.engine.Batch source: shared objects file";
        assertTrue(log.contains(loadedByItems), "the nodes of prepare passed items");
    }

    @Test
    void commandsTakeTheirClassesFromTheCache() throws Exception {
        Path loaded = folder.resolve("loaded-by-help.txt");
        Command help =
                Command.run(
                        folder,
                        Map.of("STAGEDPIPE_JAVA_OPTS", "-Xlog:class+load:file=" + loaded),
                        List.of(Distribution.script().toString(), "--help"));
        assertEquals(0, help.status(), help.output());
        assertTrue(
                Files.readString(loaded)
                        .contains("org.stagedpipe.runtime.Main source: shared objects file"));
    }

    /// The JDK ends where it is to use a cache and is told something else of the kind.
    @ParameterizedTest
    @ValueSource(strings = {"STAGEDPIPE_JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"})
    void commandsStartWithoutTheCacheWhereAnOptionForbidsIt(String variable) throws Exception {
        Command help =
                Command.run(
                        folder,
                        Map.of(variable, "-Xshare:off"),
                        List.of(Distribution.script().toString(), "--help"));
        assertEquals(0, help.status(), help.output());
    }

    @Test
    void saysWhatLimitsAGroup() throws Exception {
        try (Group group =
                cluster.client().group("commanded").configuration("{\"label\":\"x\"}").open()) {
            String id = group.id().toString();
            Traffic traffic = new Traffic(group);
            traffic.send(0, 1, Traffic::item);
            cluster.until(
                    "the overseer knows the group", () -> cli("group", "list").out().contains(id));
            Command idle = cli("group", "why", id, "--over", "1s");
            assertTrue(idle.out().contains("The client does not send"), idle.output());

            Thread sender =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    traffic.send(1, 20_000, n -> Traffic.item(n, 5, false));
                                } catch (InterruptedException | RuntimeException e) {
                                    // the test has seen enough and cancels the group
                                }
                            });
            Command busy = cli("group", "why", id, "--over", "2s");
            assertTrue(
                    busy.out().contains("Stage work is busy")
                            || busy.out().contains("too few workers"), // a busy machine
                    busy.output());
            assertEquals(0, cli("group", "cancel", id).status());
            sender.join();
        }
    }

    @Test
    void saysThatAClientDoesNotRead() throws Exception {
        try (Group group =
                cluster.client()
                        .group("commanded")
                        .configuration("{\"label\":\"x\"}")
                        .window(100_000, 100L << 20)
                        .open()) {
            byte[] item = Traffic.item(1).replace("item", "x".repeat(10_000)).getBytes(UTF_8);
            Thread sender =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    for (int i = 0; i < 10_000; i++) {
                                        group.submit(item);
                                    }
                                } catch (InterruptedException | ClientException e) {
                                    // the test has seen enough
                                }
                            });
            String id = group.id().toString();
            cluster.until(
                    "it is said",
                    () ->
                            cli("group", "why", id, "--over", "1s")
                                    .out()
                                    .contains("The client does not read"));
            group.cancel("enough");
            sender.join();
        }
    }

    @Test
    void aDrainedWorkerHasNothingUntilItIsResumed() throws Exception {
        try (Group group =
                cluster.client().group("commanded").configuration("{\"label\":\"x\"}").open()) {
            Traffic traffic = new Traffic(group);
            traffic.send(0, 20, n -> Traffic.item(n, 500, false));
            Command drained = cli("node", "drain", "w1");
            try {
                assertEquals("w1 gets nothing new and has nothing left\n", drained.out());
                traffic.send(20, 40, Traffic::item);
                String id = group.id().toString();
                Command why = cli("group", "why", id, "--over", "1s");
                assertTrue(why.out().contains("w1, which is cordoned (node resume)"), why.output());
                JsonNode w1 = JSON.readTree(cli("node", "describe", "w1", "-o", "json").out());
                assertEquals("cordoned", w1.get("state").asText());
                assertEquals(0, w1.get("load").get("itemsInFlight").asInt(), w1.toString());
                assertTrue(traffic.last() < 20, "item " + traffic.last() + " came later");
            } finally {
                assertEquals(0, cli("node", "resume", "w1").status());
            }
            traffic.finish();
            assertEquals(40, group.counts().ok());
        }
    }

    @Test
    void runsTheItemsThatFailedOnceMoreOnAVersionWithoutTheBug() throws Exception {
        Path buggy = ProbePlugin.build(folder, "mended", "1.0.0.buggy", "1");
        Path mended = ProbePlugin.build(folder, "mended", "1.1.0", "1");
        assertEquals(0, cli("plugin", "install", buggy.toString()).status());
        String id;
        try (Group group =
                cluster.client()
                        .group("mended")
                        .configuration("{\"label\":\"canary-4711\",\"password\":\"canary-4712\"}")
                        .keepFaulted()
                        .open()) {
            id = group.id().toString();
            Traffic traffic = new Traffic(group);
            for (int failed = 1; failed <= 3; failed++) { // kept in the order in which they fail
                traffic.send(10 * failed - 10, 10 * failed, Traffic::item);
                long expected = failed;
                cluster.until("one more fails", () -> group.counts().failed() == expected);
            }
            traffic.finish();
            assertEquals(3, group.counts().failed());
        }
        assertEquals(0, cli("plugin", "update", mended.toString()).status());

        assertTrue(cli("group", "dead-letters").out().contains(id));
        JsonNode letters = JSON.readTree(cli("group", "dead-letters", id, "-o", "json").out());
        assertEquals(3, letters.size(), letters.toString());
        assertEquals("check", letters.get(0).get("stage").asText());
        assertTrue(letters.toString().contains("in spite of (secret)"), letters.toString());
        Command export = cli("group", "dead-letters", id.substring(0, 13), "--export");
        assertEquals(List.of("item 7", "item 17", "item 27"), texts(export, "item"));
        assertTrue(!export.output().contains("canary"), export.output());

        assertEquals(List.of(), cluster.filesWith("canary-471"));
        assertTrue(!cluster.events().contains("canary-471"), cluster.events());

        Path config = Files.writeString(folder.resolve("mended.json"), "{\"label\":\"x\"}");
        Command again =
                cli(
                        "group",
                        "replay",
                        id,
                        "--version",
                        "1.0.0.buggy",
                        "--config",
                        config.toString());
        assertEquals(1, again.status(), again.output());
        assertEquals(2, JSON.readTree(cli("group", "dead-letters", "-o", "json").out()).size());
        Command replay =
                cli(
                        "group",
                        "replay",
                        id,
                        "--version",
                        "1.1.0",
                        "--config",
                        config.toString(),
                        "--ordered");
        assertEquals(0, replay.status(), replay.output());
        assertEquals(List.of("item 7", "item 17", "item 27"), texts(replay, "result"));
        JsonNode first = JSON.readTree(replay.out().lines().findFirst().orElseThrow());
        assertEquals(7, first.get("sequence").asLong());
        assertEquals("1.1.0", first.get("result").get("servedBy").asText());

        assertEquals(0, cli("group", "dead-letters", id, "--drop").status());
        String entry = "drop 3 dead letters of group " + id + " on c1";
        cluster.until("it is in the audit log", () -> cli("audit", "list").out().contains(entry));
        assertEquals(4, cli("group", "replay", id, "--version", "1.1.0").status());
    }

    private static List<String> texts(Command command, String key) throws Exception {
        List<String> texts = new java.util.ArrayList<>();
        for (String line : command.out().lines().toList()) {
            texts.add(JSON.readTree(line).get(key).get("text").asText());
        }
        return texts;
    }

    @Test
    void asksWhetherTheNearestVersionWasMeant() throws Exception {
        Command unknown = cli("run", "commanded", "--version", "1.0.1");
        assertEquals(4, unknown.status(), unknown.output());
        assertTrue(unknown.err().contains("did you mean 1.0.0?"), unknown.err());
    }

    @Test
    void unknownNamesExitWith4() throws Exception {
        Command unknown = cli("plugin", "describe", "comanded");
        assertEquals(4, unknown.status(), unknown.output());
        assertTrue(unknown.err().contains("commanded"), unknown.err());
        assertEquals(
                4,
                cli(
                                "plugin",
                                "update",
                                ProbePlugin.build(folder, "not-there", "1.0.0", "1").toString())
                        .status());
    }

    @Test
    void noOverseerReachableSaysWhatWasTried() throws Exception {
        Command unreachable = Command.stagedpipe("node", "list", "--overseer", "127.0.0.1:1");
        assertEquals(3, unreachable.status(), unreachable.output());
        assertTrue(unreachable.err().contains("127.0.0.1:1"), unreachable.err());
    }

    @Test
    void wrongUsageExitsWith2() throws Exception {
        assertEquals(2, cli("plugin", "install").status());
        assertEquals(2, cli("plugni", "list").status());
    }

    @Test
    void aFileThatIsNoJarIsRefused() throws Exception {
        Path text = Files.writeString(folder.resolve("text.jar"), "this is no jar");
        Command refused = cli("plugin", "install", text.toString());
        assertEquals(1, refused.status(), refused.output());
        assertTrue(
                refused.err().contains("text.jar") || refused.err().contains("zip"), refused.err());
    }

    @Test
    void aBundleWithoutAPipelineIsRefused() throws Exception {
        Path h2 = lib("h2-");
        Command refused = cli("plugin", "install", h2.toString());
        assertEquals(1, refused.status(), refused.output());
        assertTrue(refused.err().contains("Stagedpipe-Plugin"), refused.err());
    }

    @Test
    void theSameVersionWithOtherBytesIsRefused() throws Exception {
        Path other = ProbePlugin.build(folder, "commanded", "1.0.0", "2");
        Command refused = cli("plugin", "update", other.toString());
        assertEquals(1, refused.status(), refused.output());
        assertTrue(refused.err().contains("1.0.0"), refused.err());
        assertTrue(
                refused.err().contains("other bytes") || refused.err().contains("sha-256"),
                refused.err());
        assertEquals(
                0,
                cli("plugin", "update", plugin.toString())
                        .status()); // the same bytes: nothing happens
    }

    @Test
    void aPortInUseEndsTheStartWithOneLine() throws Exception {
        try (ServerSocket taken =
                new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            Command refused =
                    Command.stagedpipe(
                            "node",
                            "--role",
                            "worker",
                            "--name",
                            "w9",
                            "--data",
                            folder.resolve("w9").toString(),
                            "--port",
                            Integer.toString(taken.getLocalPort()),
                            "--overseer",
                            cluster.overseer());
            assertEquals(1, refused.status(), refused.output());
            assertOneLine(refused, "port " + taken.getLocalPort() + " on 127.0.0.1 is in use");
        }
    }

    @Test
    void unknownKeysAndBadValuesEndTheStartWithOneLine() throws Exception {
        assertOneLine(configured("{\"org.stagedpipe.worker\":{\"prot\":1}}"), "prot");
        assertOneLine(configured("{\"org.stagedpipe.worker\":{\"port\":\"abc\"}}"), "\"abc\"");
        assertOneLine(configured("{\"org.stagedpipe.wroker\":{}}"), "org.stagedpipe.wroker");
        assertOneLine(configured("{\"org.stagedpipe.worker\":{\"port\":null}}"), "port: null");
        assertOneLine(configured("{\"org.stagedpipe.worker\":{\"Port\":9420}}"), "case");
        assertOneLine(
                configured("{\"org.stagedpipe.worker\":{\"host\":\"0.0.0.0\"}}"), "advertise");
        assertOneLine(
                configured(
                        "{\"org.stagedpipe.worker\":{\"host\":\"0.0.0.0\",\"advertise\":\"h\"}}"),
                "TLS");
    }

    @Test
    void aDataFolderOfANewerFormatIsRefused() throws Exception {
        Path data = Files.createDirectories(folder.resolve("newer"));
        Files.writeString(data.resolve("format"), "999");
        Command refused =
                Command.stagedpipe(
                        "node",
                        "--role",
                        "worker",
                        "--name",
                        "w8",
                        "--port",
                        "0",
                        "--data",
                        data.toString(),
                        "--overseer",
                        cluster.overseer());
        assertEquals(1, refused.status(), refused.output());
        assertOneLine(refused, "999");
    }

    private Command configured(String json) throws Exception {
        Path conf = Files.createTempDirectory(folder, "conf");
        Files.writeString(conf.resolve("worker.json"), json);
        Command command =
                Command.stagedpipe(
                        "node",
                        "--role",
                        "worker",
                        "--name",
                        "w7",
                        "--conf",
                        conf.toString(),
                        "--data",
                        conf.resolve("data").toString(),
                        "--overseer",
                        cluster.overseer());
        assertEquals(1, command.status(), json + " was taken: " + command.output());
        return command;
    }

    private static void assertOneLine(Command command, String with) {
        List<String> lines = command.err().lines().filter(line -> !line.isBlank()).toList();
        assertEquals(1, lines.size(), command.err());
        assertTrue(lines.getFirst().contains(with), lines.getFirst());
        assertTrue(command.out().isBlank(), command.out());
    }

    private static Path lib(String prefix) throws Exception {
        try (var files = Files.list(Distribution.home().resolve("lib"))) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static Command cli(String... arguments) throws Exception {
        List<String> all = new java.util.ArrayList<>(List.of(arguments));
        all.addAll(List.of("--overseer", cluster.overseer()));
        return Command.stagedpipe(all.toArray(String[]::new));
    }
}
