package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.CordonNodeRequest;
import org.stagedpipe.protocol.v1.DecideRolloutRequest;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

class CommandsTest {

    @TempDir Path folder;
    private TestOverseer overseer;

    @BeforeEach
    void start() throws Exception {
        overseer = new TestOverseer();
    }

    @AfterEach
    void stop() {
        overseer.close();
    }

    @Test
    void listsNodesAsTable() {
        Run run = run("node", "list");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", run.err());
        List<String> lines = run.out().lines().toList();
        assertEquals(4, lines.size());
        assertEquals(
                List.of("NAME", "ROLE", "ADDRESS", "STATE", "GROUPS", "ITEMS", "ITEMS/S", "HEAP"),
                List.of(lines.get(0).split(" +")));
        assertTrue(
                lines.get(3)
                        .matches(
                                "worker-1 +worker +127.0.0.1:9420 +ready +2 +17 +123 +64.0 MiB of"
                                        + " 512.0 MiB"),
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
    void takesGlobalOptionsBeforeTheCommandToo() throws Exception {
        assertEquals("o1", run("-o", "json", "node", "list").json().get(0).get("name").asText());
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
    void drainSaysWhatIsLeft() {
        Run run = run("node", "drain", "worker-1", "--timeout", "1ms");
        assertEquals(5, run.exitCode());
        assertEquals(
                "stagedpipe: worker-1 still has 17 items after 1 ms; it stays cordoned\n",
                run.err());
        assertTrue(overseer.cordons.getFirst().getCordoned());
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

    @Test
    void namesWhatThereIsWhenNothingIsNear() {
        Run run = run("plugin", "describe", "warehouse");
        assertEquals(4, run.exitCode());
        assertEquals(
                "stagedpipe: plugin \"warehouse\": there is no such plugin; expected: one of"
                        + " birdstrikes, counter\n",
                run.err());
    }

    @Test
    void listsPlugins() throws Exception {
        Run run = run("plugin", "list");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(
                run.out().lines().anyMatch(l -> l.matches("birdstrikes +1.1.0 +1 ready +2 +1.0.0")),
                run.out());
        JsonNode json = run("plugin", "list", "-o", "json").json().get(0);
        assertEquals("1.1.0", json.get("current").get("version").asText());
        assertEquals("0".repeat(64), json.get("current").get("sha256").asText());
        assertEquals("1.0.0", json.get("versions").get(1).get("version").asText());
        assertEquals("2026-11-23T00:00:00Z", json.get("versions").get(1).get("published").asText());
        assertEquals("ready", json.get("workers").get(0).get("state").asText());
        assertEquals(2, json.get("groups").asInt());
    }

    @Test
    void describesPlugin() {
        Run run = run("plugin", "describe", "birdstrikes");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("birdstrikes-1.0.0.jar"), run.out());
        assertTrue(run.out().contains("worker-1  1.1.0    ready"), run.out());
    }

    @ParameterizedTest
    @CsvSource({"install,INSTALL", "update,UPDATE", "verify,VERIFY"})
    void uploadsBundle(String command, PublishBegin.Mode mode) throws Exception {
        byte[] bytes = new byte[700_000];
        bytes[699_999] = 1;
        Path jar = Files.write(folder.resolve("birdstrikes-1.2.0.jar"), bytes);
        Run run = run("plugin", command, jar.toString(), "--timeout", "30s");
        assertEquals(0, run.exitCode(), run.err());
        PublishBegin begin = overseer.published.getFirst();
        assertEquals(mode, begin.getMode());
        assertEquals("birdstrikes-1.2.0.jar", begin.getFile());
        assertEquals(700_000, begin.getSize());
        assertEquals(30_000, begin.getTimeoutMs());
        assertArrayEquals(
                MessageDigest.getInstance("SHA-256").digest(bytes),
                begin.getSha256().toByteArray());
        assertArrayEquals(bytes, overseer.uploads.getFirst());
        assertTrue(run.out().endsWith(": birdstrikes 1.2.0\n"), run.out());
        assertTrue(run.err().contains("upload: 683.6 KiB of 683.6 KiB\n"), run.err());
        assertTrue(run.err().contains("verify: is a plugin\n"), run.err());
        assertTrue(run.err().contains("push: worker-1 is ready (1 of 1)\n"), run.err());
        assertFalse(run.err().contains("\r"), "a bar where no terminal is");
    }

    @Test
    void publishAnswersWithThePluginAsJson() throws Exception {
        Path jar = Files.write(folder.resolve("a.jar"), new byte[10]);
        Run run = run("plugin", "update", jar.toString(), "-q", "-o", "json");
        assertEquals("1.2.0", run.json().get("current").get("version").asText());
        assertEquals("", run.err());
    }

    @Test
    void showsBarOnTerminal() throws Exception {
        Path jar = Files.write(folder.resolve("a.jar"), new byte[300_000]);
        Run run =
                Run.of(
                        () -> List.of(overseer.endpoint()),
                        true,
                        "plugin",
                        "install",
                        jar.toString());
        assertTrue(run.err().contains("\rupload [".replace("\r", "\r\u001b[K")), run.err());
        assertTrue(run.err().contains("[" + "#".repeat(30) + "]"), run.err());
    }

    @Test
    void colorsOnlyOnTerminalAndOnlyIfWanted() {
        assertTrue(
                System.getenv("NO_COLOR") != null
                        || terminal("node", "list").out().contains("\u001b[32mready\u001b[0m"));
        assertFalse(terminal("node", "list", "--no-color").out().contains("\u001b"));
        assertFalse(run("node", "list").out().contains("\u001b"));
    }

    @Test
    void refusesFilesThatCannotBePublished() throws Exception {
        Path big = folder.resolve("big.jar");
        try (RandomAccessFile file = new RandomAccessFile(big.toFile(), "rw")) {
            file.setLength((100L << 20) + 1);
        }
        Path missing = folder.resolve("missing.jar");
        Path empty = Files.createFile(folder.resolve("empty.jar"));
        String expected = " (expected: a bundle's jar of 1 to 104857600 bytes)\n";
        assertAll(
                () -> assertRefused(missing, ": does not exist" + expected),
                () -> assertRefused(folder, ": is a directory" + expected),
                () -> assertRefused(empty, ": has 0 bytes" + expected),
                () -> assertRefused(big, ": has 104857601 bytes" + expected));
        assertEquals(List.of(), overseer.published);
    }

    @Test
    void refusalOfTheOverseerIsToldAsItIs() throws Exception {
        overseer.refusal =
                Optional.of(
                        new CallException(
                                Kind.REFUSED, "does not resolve: missing package org.example"));
        Path jar = Files.write(folder.resolve("a.jar"), new byte[3_000_000]);
        Run run = run("plugin", "install", jar.toString(), "-q");
        assertEquals(1, run.exitCode());
        assertEquals("", run.out());
        assertEquals("stagedpipe: does not resolve: missing package org.example\n", run.err());
    }

    @Test
    void rollsBack() {
        Run run = run("plugin", "rollback", "birdstrikes");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", overseer.rolledBack.getFirst().getVersion());
        assertEquals("birdstrikes is rolled back: birdstrikes 1.0.0\n", run.out());
        run = run("plugin", "rollback", "birdstrikes", "--version", "1.2.0");
        assertEquals(4, run.exitCode());
        assertEquals(
                "stagedpipe: version \"1.2.0\": birdstrikes has no such version; did you mean"
                        + " 1.0.0?\n",
                run.err());
        run = run("plugin", "rollback", "birdstrike");
        assertEquals(4, run.exitCode());
        assertTrue(run.err().endsWith("did you mean birdstrikes?\n"), run.err());
    }

    @Test
    void uninstalls() throws Exception {
        Run run = run("plugin", "uninstall", "counter");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("counter is uninstalled\n", run.out());
        assertEquals(1, run("plugin", "list", "-o", "json").json().size());
        assertEquals(4, run("plugin", "uninstall", "counter").exitCode());
    }

    @Test
    void listsAndDescribesGroups() throws Exception {
        Run run = run("group", "list");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(
                run.out()
                        .lines()
                        .anyMatch(l ->
                                l.matches(
                                        TestOverseer.GROUP_A
                                                + " +birdstrikes +1.1.0 +running +c1 +10 +6"
                                                + " +1 +0 +a client")),
                run.out());
        JsonNode group = run("group", "list", "-o", "json").json().get(1);
        assertEquals(TestOverseer.GROUP_B, group.get("id").asText());
        assertEquals(10, group.get("accepted").asInt());
        assertEquals("worker-1", group.get("workers").get(0).asText());
        run = run("group", "describe", TestOverseer.GROUP_B);
        assertTrue(run.out().lines().anyMatch(l -> l.matches("on their way +3")), run.out());
    }

    @Test
    void findsGroupByTheFirstDigitsOfItsId() {
        Run run = run("group", "cancel", "0A1B2C3D000000000000000000000002", "--reason", "enough");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("group " + TestOverseer.GROUP_B + " is cancelled\n", run.out());
        assertEquals(
                TestOverseer.bytes(TestOverseer.GROUP_B), overseer.cancelled.getFirst().getGroup());
        assertEquals("enough", overseer.cancelled.getFirst().getReason());
    }

    @Test
    void refusesGroupsThatAreNotOne() {
        Run run = run("group", "cancel", "0a1b");
        assertEquals(2, run.exitCode());
        assertEquals(
                "stagedpipe: group 0a1b: 2 open groups begin so (expected: more digits): "
                        + TestOverseer.GROUP_A
                        + ", "
                        + TestOverseer.GROUP_B
                        + "\n",
                run.err());
        assertEquals(4, run("group", "cancel", "ff").exitCode());
        assertEquals(2, run("group", "cancel", "xyz").exitCode());
        assertEquals(List.of(), overseer.cancelled);
    }

    @Test
    void triesOverseersInTurn() {
        Run run =
                run(
                        "node",
                        "list",
                        "--overseer",
                        "127.0.0.1:1," + overseer.adminEndpoint() + "," + overseer.endpoint());
        assertEquals(0, run.exitCode(), run.err());
    }

    @Test
    void saysWhichOverseersWereTried() {
        Run run = run("node", "list", "--overseer", "127.0.0.1:1," + overseer.adminEndpoint());
        assertEquals(3, run.exitCode());
        assertTrue(run.err().contains("no overseer answers; tried 127.0.0.1:1: "), run.err());
        assertTrue(run.err().contains("Connection refused"), run.err());
        assertTrue(run.err().contains(overseer.adminEndpoint() + ": no overseer there"), run.err());
        assertEquals(1, run.err().lines().count());
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID,1",
        "NOT_FOUND,4",
        "EXISTS,1",
        "REFUSED,1",
        "NOT_PERMITTED,77",
        "BUSY,1",
        "UNREACHABLE,3",
        "TIMED_OUT,5",
        "CANCELLED,1",
        "CONFLICT,1",
        "INTERNAL,1"
    })
    void exitCodeSaysTheKindOfFailure(Kind kind, int exitCode) {
        overseer.refusal = Optional.of(new CallException(kind, "because"));
        Run run = run("group", "list");
        assertEquals(exitCode, run.exitCode());
        assertEquals("stagedpipe: because\n", run.err());
    }

    @Test
    void suggestsCommands() {
        Run run = run("plugin", "lst");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("Did you mean: plugin list"), run.err());
    }

    @ParameterizedTest
    @CsvSource({
        "plugin,Missing required subcommand",
        "plugin install,Missing required parameter: 'JAR'",
        "node list --overseer nowhere,'address: \"nowhere\" (expected: host:port)'",
        "plugin install a.jar --timeout soon,'\"soon\" (expected: 500ms, 30s, 2m or the like, at"
                + " most 24h)'",
        "node list -o yaml,'expected one of [table, json]'",
        "node list --tls-key k,'expected: --tls-certificate, --tls-key and --tls-authorities"
                + " together'"
    })
    void saysWhatTheCommandLineLacks(String line, String text) {
        Run run = run(line.split(" "));
        assertEquals(2, run.exitCode());
        assertEquals("", run.out());
        assertTrue(run.err().contains(text), run.err());
    }

    @Test
    void helpsAndSaysItsVersion() {
        Run help = run("plugin", "update", "--help");
        assertEquals(0, help.exitCode());
        assertTrue(help.out().contains("Usage: stagedpipe plugin update"), help.out());
        assertTrue(help.out().contains("new groups get it"), help.out());
        Run version = run("--version");
        assertEquals(0, version.exitCode());
        assertTrue(version.out().matches("stagedpipe [0-9]+\\.[0-9]+\\.[0-9]+.*\n"), version.out());
    }

    @Test
    void verboseSaysWhoAnswers() {
        assertEquals("overseer o1, version 1.0.0\n", run("node", "list", "-v").err());
    }

    private void assertRefused(Path jar, String text) {
        Run run = run("plugin", "install", jar.toString());
        assertEquals(2, run.exitCode());
        assertEquals("stagedpipe: " + jar + text, run.err());
    }

    @Test
    void anUploadThatBreaksOffGoesOnWhereItEnded() throws Exception {
        byte[] bytes = new byte[900_000];
        new java.util.Random(1).nextBytes(bytes);
        overseer.breaksAt = 300_000;
        Path jar = Files.write(folder.resolve("a.jar"), bytes);
        assertEquals(0, run("plugin", "install", jar.toString()).exitCode());
        assertArrayEquals(bytes, overseer.uploads.getFirst());
        assertEquals(2, overseer.published.size());
        assertTrue(overseer.published.getLast().getResume());
    }

    @Test
    void publishesAndListsLibraries() throws Exception {
        Path jar = Files.write(folder.resolve("csv.jar"), new byte[10]);
        assertEquals(0, run("library", "publish", jar.toString()).exitCode());
        assertEquals(PublishBegin.Mode.LIBRARY, overseer.published.getFirst().getMode());
        Run list = run("library", "list");
        assertTrue(list.out().contains("com.example.csv  1.14.1"), list.out());
        assertTrue(list.out().contains("counter 2.0.0"), list.out());
        Run deleted = run("library", "delete", "com.example.csv", "1.14.1");
        assertEquals("com.example.csv 1.14.1 is deleted\n", deleted.out(), deleted.err());
    }

    @Test
    void theEnvironmentStandsForOptions() {
        Map<String, String> variables =
                new HashMap<>(Map.of("STAGEDPIPE_OVERSEER", overseer.endpoint().toString()));
        Defaults defaults =
                new Defaults() {
                    @Override
                    public List<Endpoint> overseers() {
                        return List.of();
                    }

                    @Override
                    public Map<String, String> environment() {
                        return variables;
                    }
                };
        assertEquals(0, Run.of(defaults, false, "node", "list").exitCode());
        variables.put("STAGEDPIPE_TLS_KEY", "k.pem");
        Run some = Run.of(defaults, false, "node", "list");
        assertEquals(2, some.exitCode());
        assertTrue(some.err().contains("STAGEDPIPE_TLS_CERTIFICATE"), some.err());
        variables.put("STAGEDPIPE_TLS_CERTIFICATE", "c.pem");
        variables.put("STAGEDPIPE_TLS_AUTHORITIES", "a.pem");
        Run missing = Run.of(defaults, false, "node", "list");
        assertEquals(2, missing.exitCode());
        assertTrue(missing.err().contains("c.pem"), missing.err());
    }

    @Test
    void givesAVersionALabel() {
        Run run = run("plugin", "label", "birdstrikes", "stable", "1.0.0");
        assertEquals("birdstrikes 1.0.0 is stable\n", run.out(), run.err());
        assertEquals("stable", overseer.labels.getFirst().getLabel());
        run = run("plugin", "label", "birdstrikes", "stable");
        assertEquals("no version of birdstrikes is stable\n", run.out(), run.err());
        assertEquals("", overseer.labels.getLast().getVersion());
    }

    @Test
    void deletesAVersionThatNothingUses() {
        Run run = run("plugin", "delete", "birdstrikes", "1.0.0");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("birdstrikes 1.0.0 is deleted\n", run.out());
        assertEquals(System.getProperty("user.name"), overseer.deleted.getFirst().getOperator());
    }

    @Test
    void saysWhyAVersionIsNotDeleted() {
        Run run = run("plugin", "delete", "birdstrikes", "1.1.0");
        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("1.1.0 is what new groups get"), run.err());
        assertEquals(4, run("plugin", "delete", "birdstrikes", "9.0.0").exitCode());
    }

    @Test
    void waitsForACanaryAndSaysThatItHeld() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        Run run = run("plugin", "update", jar.toString(), "--strategy", "canary", "--hold", "5s");
        assertEquals(0, run.exitCode(), run.err());
        PublishBegin begun = overseer.published.getFirst();
        assertEquals(10, begun.getCanary().getPercent());
        assertEquals(5_000, begun.getCanary().getHoldMs());
        assertTrue(run.err().contains("rollout r1 of birdstrikes 1.2.0: canary"), run.err());
        assertTrue(run.out().startsWith("b.jar is what new groups get"), run.out());
    }

    @Test
    void asksForAGrowingShare() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        Run run =
                run(
                        "plugin",
                        "update",
                        jar.toString(),
                        "--strategy",
                        "rolling",
                        "--steps",
                        "5,40",
                        "--approve",
                        "--max-latency-factor",
                        "2");
        assertEquals(0, run.exitCode(), run.err());
        CanaryPolicy policy = overseer.published.getFirst().getCanary();
        assertEquals(5, policy.getPercent());
        assertEquals(List.of(40), policy.getFurtherPercentsList());
        assertTrue(policy.getGated());
        assertEquals(2, policy.getMaxLatencyFactor());
        for (String steps : List.of("5,5", "50,20", "0", "10,100")) {
            run = run("plugin", "update", "b.jar", "--strategy", "rolling", "--steps", steps);
            assertEquals(2, run.exitCode(), run.err());
            assertTrue(run.err().contains("--steps"), run.err());
        }
    }

    @Test
    void asksForANumberOfWorkers() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        String[] canary = {"plugin", "update", jar.toString(), "--strategy", "canary"};
        Run run = run(with(canary, "--canary-workers", "2"));
        assertEquals(0, run.exitCode(), run.err());
        CanaryPolicy policy = overseer.published.getFirst().getCanary();
        assertEquals(2, policy.getFirstWorkers());
        assertEquals(0, policy.getPercent());
        run = run(with(canary, "--canary-workers", "2", "--canary-percent", "20"));
        assertEquals(2, run.exitCode());
        assertTrue(
                run.err().contains("--canary-workers and --canary-percent are both given"),
                run.err());
        assertEquals(2, run(with(canary, "--canary-workers", "0")).exitCode());
        run = run("plugin", "update", jar.toString(), "--canary-workers", "2");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("--strategy all (expected: canary)"), run.err());
    }

    private static String[] with(String[] command, String... options) {
        return Stream.concat(Stream.of(command), Stream.of(options)).toArray(String[]::new);
    }

    @Test
    void endsWithSixIfACanaryIsRolledBack() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        overseer.rolloutEnd = "rolled_back";
        Run run = run("plugin", "update", jar.toString(), "--strategy", "canary");
        assertEquals(6, run.exitCode(), run.err());
        assertTrue(run.err().contains("1.2.0 was rolled back: 5 of 20 items failed"), run.err());
        run = run("rollout", "status", "r1", "--watch");
        assertEquals(6, run.exitCode(), run.err());
    }

    @Test
    void goesOnWithoutWaitingIfAsked() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        Run run = run("plugin", "update", jar.toString(), "--strategy", "canary", "--no-wait");
        assertEquals("rollout r1 has begun\n", run.out());
        assertEquals(
                2,
                run("plugin", "update", "b.jar", "--strategy", "canary", "--canary-percent", "100")
                        .exitCode());
        assertEquals(2, run("plugin", "install", jar.toString(), "--dry-run").exitCode());
    }

    @Test
    void aDryRunPrintsWhatWouldHappen() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        Run run = run("plugin", "update", jar.toString(), "--dry-run", "--strategy", "canary");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(
                "w1 would fetch birdstrikes 1.2.0 (5 bytes)\n"
                        + "birdstrikes 1.2.0 would start beside birdstrikes 1.1.0\n",
                run.out());
        PublishBegin begin = overseer.published.getFirst();
        assertTrue(begin.getDryRun());
        assertEquals(PublishBegin.Mode.UPDATE, begin.getMode());
        assertEquals(10, begin.getCanary().getPercent());
        run = run("plugin", "update", jar.toString(), "--dry-run", "-o", "json");
        assertTrue(run.out().contains("\"w1 would fetch birdstrikes"), run.out());
    }

    @Test
    void listsRolloutsAndDecides() throws Exception {
        Run run = run("rollout", "list");
        assertTrue(run.out().contains("r1"), run.out());
        for (Decision decision :
                List.of(Decision.PAUSE, Decision.RESUME, Decision.APPROVE, Decision.ABORT)) {
            String command = decision.name().toLowerCase(Locale.ROOT);
            run = run("rollout", command, "r1");
            assertEquals(0, run.exitCode(), run.err());
            assertTrue(run.out().startsWith("rollout r1 of birdstrikes 1.2.0: "), run.out());
            assertEquals(
                    DecideRolloutRequest.newBuilder()
                            .setId("r1")
                            .setDecision(decision)
                            .setOperator(System.getProperty("user.name"))
                            .build(),
                    overseer.decided.getLast());
        }
        assertEquals(4, overseer.decided.size());
    }

    @Test
    void listsWhoChangedWhat() throws Exception {
        Run run = run("audit", "list", "--plugin", "birdstrikes", "--limit", "5");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(
                run.out()
                        .lines()
                        .toList()
                        .get(1)
                        .matches(
                                "2026-11-23T00:00:00Z +ann \\(not proven\\) +update +birdstrikes"
                                        + " +1.1.0 +1.0.0 +000000000000 +done +-"),
                run.out());
        assertEquals(5, overseer.audits.getFirst().getLimit());
        assertEquals("birdstrikes", overseer.audits.getFirst().getPlugin());
        JsonNode entry = run("audit", "list", "-o", "json").json().get(0);
        assertEquals("ann", entry.get("operator").asText());
        assertEquals(120, entry.get("durationMs").asInt());
        assertEquals(2, run("audit", "list", "--limit", "0").exitCode());
    }

    private Run run(String... arguments) {
        return Run.of(overseer.endpoint(), arguments);
    }

    private Run terminal(String... arguments) {
        return Run.of(() -> List.of(overseer.endpoint()), true, arguments);
    }

    @Test
    void suggestsTheNearestGroup() {
        Run run = run("group", "describe", "0b1b2c3d");
        assertEquals(4, run.exitCode());
        assertTrue(
                run.err()
                        .matches(
                                "stagedpipe: group 0b1b2c3d: there is no such open group; did you"
                                        + " mean 0a1b2c3d-.*\\?\n"),
                run.err());
        assertTrue(run("group", "describe", "ffff").err().contains("expected: the ID of one of 2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "pause", "resume", "approve", "abort"})
    void suggestsTheNearestRollout(String command) {
        Run run = run("rollout", command, "r9");
        assertEquals(4, run.exitCode());
        assertEquals(
                "stagedpipe: rollout \"r9\": there is no such rollout; did you mean r1?\n",
                run.err());
        assertEquals(List.of(), overseer.decided);
    }

    @Test
    void suggestsTheNearestLibrary() {
        Run run = run("library", "delete", "com.example.cvs", "1.14.1");
        assertEquals(4, run.exitCode());
        assertEquals(
                "stagedpipe: library \"com.example.cvs\": there is no such library; did you mean"
                        + " com.example.csv?\n",
                run.err());
        run = run("library", "delete", "com.example.csv", "1.41.1");
        assertEquals(4, run.exitCode());
        assertEquals(
                "stagedpipe: version \"1.41.1\": com.example.csv has no such version; did you mean"
                        + " 1.14.1?\n",
                run.err());
    }

    @Test
    void coloursHelpOnTerminalsOnly() {
        String escape = "\u001b[";
        assertTrue(Run.of(Defaults.local(), true, "--help").out().contains(escape));
        assertFalse(Run.of(Defaults.local(), true, "--no-color", "--help").out().contains(escape));
        assertFalse(Run.of(Defaults.local(), false, "--help").out().contains(escape));
    }

    @Test
    void printsACompletionScript() {
        Run bash = run("completion");
        assertEquals(0, bash.exitCode(), bash.err());
        for (String word : List.of("plugin", "rollback", "--timeout", "complete -F")) {
            assertTrue(bash.out().contains(word), word);
        }
        assertTrue(run("completion", "zsh").out().endsWith(bash.out()));
        assertEquals(2, run("completion", "fish").exitCode());
    }

    @Test
    void bashCompletesByThatScript() throws Exception {
        Path script = Files.writeString(folder.resolve("completion"), run("completion").out());
        assertEquals(
                "complete -o default -F _complete_stagedpipe stagedpipe\n",
                bash("source \"$0\"; complete -p stagedpipe", script));
        String completed = // compopt is for an interactive bash only
                "compopt() { :; }; source \"$0\"; _complete_stagedpipe; echo \"${COMPREPLY[@]}\"";
        assertEquals(
                "rollback\n",
                bash("COMP_WORDS=(stagedpipe plugin roll); COMP_CWORD=2; " + completed, script));
        assertEquals(
                "--timeout\n",
                bash(
                        "COMP_WORDS=(stagedpipe plugin rollback --timeo); COMP_CWORD=3; "
                                + completed,
                        script));
    }

    /// What bash prints, with the file as `$0`; the test ends here if there is no bash.
    private static String bash(String line, Path file) throws Exception {
        Process process;
        try {
            process =
                    new ProcessBuilder("bash", "--norc", "-c", line, file.toString())
                            .redirectErrorStream(true)
                            .start();
        } catch (IOException e) {
            Assumptions.abort("no bash: " + e.getMessage());
            throw e;
        }
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), out);
        return out;
    }
}
