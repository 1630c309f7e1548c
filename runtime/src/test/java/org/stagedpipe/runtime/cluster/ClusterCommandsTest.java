package org.stagedpipe.runtime.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.Stagedpipe;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.runtime.Home;
import org.stagedpipe.runtime.demo.DemoCommand;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What programs read of a cluster: one JSON value, whatever persons are told beside it; and which cluster it is.
class ClusterCommandsTest {

    @TempDir Path folder;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void upNamesTheOverseersBesideItsValue() throws Exception {
        Stagedpipe stagedpipe = stagedpipe();
        assertEquals(1, stagedpipe.run("cluster", "status", "-o", "json"));
        out.reset();
        ClusterCommands.Up.tell(
                stagedpipe.context(),
                List.of(new Member("overseer", "o1", 1, 0, Map.of("overseer", "127.0.0.1:9"))));
        assertEquals("o1", json().get(0).get("name").asText());
        assertFalse(json().get(0).has("started"), text(out)); // ticks of the machine
        assertTrue(text(err).contains("use it: --overseer 127.0.0.1:9 "), text(err));
    }

    @Test
    void statusAndDownPrintOneValueWithoutAClusterToo() throws Exception {
        assertEquals(1, stagedpipe().run("cluster", "status", "-o", "json"), text(err));
        assertEquals(0, json().size());
        out.reset();
        assertEquals(0, stagedpipe().run("cluster", "down", "-o", "json"), text(err));
        assertEquals(0, json().get("stopped").asInt());
    }

    @Test
    void upSaysHowManyItStarts() {
        assertEquals(2, stagedpipe().run("cluster", "up", "--workers", "-1"));
        assertTrue(text(err).contains("--workers -1 (expected: "), text(err));
        assertTrue(text(err).contains("0 to 64 others"), text(err));
    }

    @Test
    void theClusterThatIsUpComesBeforeThatOfADemo() throws Exception {
        Home home = new Home(folder, folder);
        write("demo", "of-demo", 0);
        assertEquals(folder.resolve("data/demo"), ClusterCommands.folder(home));
        write("cluster", "of-up", 0);
        assertEquals(folder.resolve("data/cluster"), ClusterCommands.folder(home));
        write("cluster", "of-up", 1); // it has ended, and nobody was told
        assertEquals(1, stagedpipe().run("cluster", "status"));
        assertTrue(text(out).contains("of-up"), text(out));
        assertFalse(text(out).contains("of-demo"), text(out));
        assertFalse(isRunning());
        write("cluster", "of-up", 0);
        assertTrue(isRunning());
    }

    @Test
    void onlyOneIsStartedToStay() throws Exception {
        write("demo", "of-demo", 0);
        assertEquals(1, stagedpipe().run("cluster", "up"));
        assertTrue(text(err).contains("a cluster runs in " + folder.resolve("data/demo")));
        new ClusterFile(folder.resolve("data/demo")).write(List.of());
        write("cluster", "of-up", 1);
        assertEquals(1, stagedpipe().run("demo", "--keep"));
        assertTrue(text(err).contains("there is a cluster in " + folder.resolve("data/cluster")));
    }

    private boolean isRunning() throws Exception {
        out.reset();
        stagedpipe().run("cluster", "status", "-o", "json");
        return json().get(0).get("running").asBoolean();
    }

    /// A cluster of one member, which is this process.
    ///
    /// @param off how long after it the member has started, in ticks
    private void write(String cluster, String name, int off) throws Exception {
        ProcessHandle self = ProcessHandle.current();
        Path in = Files.createDirectories(folder.resolve("data").resolve(cluster));
        Member member =
                new Member("overseer", name, self.pid(), Member.started(self) + off, Map.of());
        new ClusterFile(in).write(List.of(member));
    }

    private Stagedpipe stagedpipe() {
        ConsoleIo io =
                new ConsoleIo(
                        InputStream.nullInputStream(),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false,
                        false);
        Stagedpipe stagedpipe = Stagedpipe.create(io, Defaults.local());
        Home home = new Home(folder, folder);
        stagedpipe
                .commandLine()
                .addSubcommand(ClusterCommands.create(stagedpipe.context(), home))
                .addSubcommand(new DemoCommand(stagedpipe.context(), home));
        return stagedpipe;
    }

    private JsonNode json() throws Exception {
        return JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build()
                .readTree(out.toByteArray());
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
