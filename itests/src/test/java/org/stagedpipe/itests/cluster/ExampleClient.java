package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// An example of a client in another language, on a cluster. Skipped where that language is not to be had.
@TestInstance(Lifecycle.PER_CLASS)
abstract class ExampleClient {

    static final Path EXAMPLES = Distribution.home().resolve("examples");
    static final Path PROTO = Distribution.home().resolve("proto");
    private static final int LARGE = 2 << 20;
    private static final int LONGEST_S = 120;

    private final ObjectMapper json = new ObjectMapper();

    @TempDir Path folder;

    private List<String> command = List.of();
    private @Nullable Cluster cluster;

    /// Makes what it needs in a folder of its own.
    ///
    /// @return how it begins there; empty if it cannot
    abstract List<String> prepare(Path own) throws Exception;

    /// Whether a command ends well there; not if there is no such program.
    static boolean runs(Path own, List<String> command) throws InterruptedException {
        try {
            return Command.run(own, Map.of(), command).status() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /// What it finds besides.
    abstract Map<String, String> environment();

    @BeforeAll
    void start(@TempDir Path own) throws Exception {
        command = prepare(own);
        assumeTrue(!command.isEmpty(), "what it needs is not installed");
        Cluster started = Cluster.start(own.resolve("nodes"), 1);
        cluster = started;
        started.publish(Mode.INSTALL, ProbePlugin.build(own, "probe", "1.0.0", "1"));
    }

    @AfterAll
    void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static Cluster require(@Nullable Cluster cluster) {
        return Objects.requireNonNull(cluster);
    }

    /// Also when the rest of its input has not come yet.
    @Test
    void printsAnOutcomeForEachLineAsItComes() throws Exception {
        Process client = client();
        try (BufferedWriter lines = client.outputWriter();
                BufferedReader outcomes = client.inputReader()) {
            send(lines, item("alone", 0));
            assertEquals("alone", result(outcome(outcomes)).get("text").asText());

            send(lines, "no JSON");
            send(lines, "{\"text\":\"bad\",\"fail\":true}");
            send(lines, item("x".repeat(LARGE), 0));
            lines.close();
            JsonNode[] others = new JsonNode[4]; // by sequence
            for (int i = 0; i < 3; i++) {
                JsonNode next = outcome(outcomes);
                others[next.get("sequence").asInt()] = next;
            }
            assertEquals("BAD_DATA", others[1].get("kind").asText());
            assertEquals("STAGE", others[2].get("kind").asText());
            assertEquals("check", others[2].get("stage").asText());
            assertEquals(LARGE, result(others[3]).get("text").asText().length());
            assertEquals(0, client.waitFor(), this::said);
        } finally {
            client.destroyForcibly();
        }
    }

    /// What waits for more lines does not keep it.
    @Test
    void printsWhatIsAbortedWhenAnOperatorCancelsTheGroup() throws Exception {
        Process client = client();
        try (BufferedWriter lines = client.outputWriter();
                BufferedReader outcomes = client.inputReader()) {
            send(lines, item("done", 0));
            send(lines, item("waits", 600_000));
            assertEquals(0, outcome(outcomes).get("sequence").asLong());
            List<GroupEntry> open = new ArrayList<>();
            require(cluster)
                    .until(
                            "the coordinator has both items",
                            () -> {
                                try (AdminClient admin = require(cluster).admin()) {
                                    admin.groups().stream()
                                            .filter(entry -> entry.getSummary().getAccepted() == 2)
                                            .forEach(open::add);
                                    return !open.isEmpty();
                                }
                            });
            try (AdminClient admin = require(cluster).admin()) {
                admin.cancel(open.getFirst().getSummary().getGroup(), "repairs");
            }
            JsonNode aborted = outcome(outcomes);
            assertEquals(1, aborted.get("sequence").asLong());
            assertEquals("CANCELLED", aborted.get("kind").asText());
            assertTrue(aborted.get("aborted").asBoolean(), aborted.toString());
            assertEquals("cancelled: repairs", aborted.get("text").asText());
            assertEquals(1, client.waitFor(), this::said);
            assertTrue(said().contains("stopped: \"cancelled: repairs\""), said());
        } finally {
            client.destroyForcibly();
        }
    }

    private Process client() throws IOException {
        List<String> line = new ArrayList<>(command);
        line.addAll(List.of(require(cluster).overseer(), "probe", "{\"label\":\"test\"}"));
        ProcessBuilder builder =
                new ProcessBuilder(line)
                        .directory(folder.toFile())
                        .redirectError(folder.resolve("said").toFile());
        builder.environment().putAll(environment());
        Process client = builder.start();
        CompletableFuture.delayedExecutor(LONGEST_S, TimeUnit.SECONDS)
                .execute(client::destroyForcibly); // whoever reads from it sees the end then
        return client;
    }

    private String said() {
        try {
            return Files.readString(folder.resolve("said"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static String item(String text, long waitMs) {
        return "{\"text\":\"" + text + "\",\"waitMs\":" + waitMs + "}";
    }

    private static void send(BufferedWriter to, String line) throws IOException {
        to.write(line);
        to.newLine();
        to.flush();
    }

    private JsonNode outcome(BufferedReader from) throws IOException {
        String line = from.readLine();
        if (line == null) {
            throw new AssertionError(
                    "it printed no more; it said: " + said() + require(cluster).events());
        }
        return json.readTree(line);
    }

    private JsonNode result(JsonNode outcome) throws IOException {
        assertTrue(outcome.has("ok"), outcome.toString());
        return json.readTree(outcome.get("ok").asText());
    }
}
