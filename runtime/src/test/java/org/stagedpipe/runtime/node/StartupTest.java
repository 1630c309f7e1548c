package org.stagedpipe.runtime.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

class StartupTest {

    @TempDir Path folder;

    @Test
    void waitsForAll() throws Exception {
        Startup startup = new Startup(2, new Ending(), UnaryOperator.identity());
        startup.accept("ready", "a");
        assertEquals(List.of(), startup.await(Duration.ofMillis(1)));
        Thread.ofVirtual().start(() -> startup.accept("ready", "b"));
        assertEquals(List.of("a", "b"), startup.await(Duration.ofSeconds(20)));
    }

    @Test
    void refusesUnknownEvents() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Startup(1, new Ending(), UnaryOperator.identity()).accept("done", ""));
    }

    /// A process whose address space has room for few stacks: none is left for the thread that would stop it.
    @Test
    void aNodeWithoutAThreadToStopItHalts() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
        List<String> command =
                List.of(
                        "sh",
                        "-c",
                        "ulimit -v 8000000 && exec \"$@\"",
                        "sh",
                        java,
                        "-Xmx32m",
                        "-Xss512m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Threadless.class.getName());
        Path output = folder.resolve("output");
        Process node =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            assertTrue(node.waitFor(20, TimeUnit.SECONDS), "it still runs");
            String said = Files.readString(output);
            assertEquals(Startup.RECYCLE_STATUS, node.exitValue(), said);
            assertTrue(said.contains("stagedpipe: its plugins leak\n"), said);
            assertTrue(said.contains("\"recycle\""), said); // the virtual machine: not started
        } finally {
            node.destroyForcibly();
        }
    }

    @Test
    void readsAddresses() {
        assertEquals(
                Map.of(
                        "overseer", "127.0.0.1:9400",
                        "admin", "127.0.0.1:9401",
                        "repository", "http://127.0.0.1:9402/index.xml"),
                ReadyLine.addresses(
                        List.of(
                                "overseer o1 on 127.0.0.1:9400, admin on 127.0.0.1:9401, repository"
                                        + " at http://127.0.0.1:9402/index.xml")));
    }
}
