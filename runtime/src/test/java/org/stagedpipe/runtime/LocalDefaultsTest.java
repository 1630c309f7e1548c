package org.stagedpipe.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.Stagedpipe;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.runtime.run.RunCommand;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Whom a command asks that names nobody.
class LocalDefaultsTest {

    @TempDir Path folder;
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void withoutALocalClusterTheDefaultPort() {
        LocalDefaults defaults = new LocalDefaults(new Home(folder, folder));
        assertEquals(Defaults.local().overseers(), defaults.overseers());
        assertEquals("", defaults.ofOverseers());
    }

    @Test
    void anOverseerThatHasEndedIsNamedAndNobodyElseAsked() throws Exception {
        int port = freePort();
        write("{\"overseer\": \"127.0.0.1:" + port + "\"}");
        for (String command : new String[] {"node list", "run p"}) {
            assertEquals(3, run(command), text());
            assertTrue(text().contains("127.0.0.1:" + port), text());
            assertTrue(text().contains("of the local cluster overseer-1 has ended"), text());
            assertTrue(text().contains("stagedpipe cluster status"), text());
            assertFalse(text().contains(":9400"), text());
        }
        assertEquals(3, run("node list --overseer 127.0.0.1:" + port));
        assertFalse(text().contains("local cluster"), text());
    }

    @Test
    void thatNoneHasServedYetIsSaid() throws Exception {
        write("{}");
        assertEquals(2, run("node list"));
        assertTrue(text().contains("no overseer of the local cluster serves ("), text());
    }

    @Test
    void aShellOfAClusterThatHasEndedIsNoOtherNodes() throws Exception {
        Path console = Files.createDirectories(folder.resolve("data/o1/console"));
        Files.writeString(console.resolve("address"), "127.0.0.1:9403\n");
        LocalDefaults defaults = new LocalDefaults(new Home(folder, folder));
        assertTrue(defaults.shell().isPresent());
        write("{\"overseer\": \"127.0.0.1:9\"}");
        assertEquals(Optional.empty(), defaults.shell());
    }

    @Test
    void aClusterWhoseFileCannotBeReadIsNotNone() throws Exception {
        Path file = Files.createDirectories(folder.resolve("data/cluster")).resolve("cluster.json");
        Files.createSymbolicLink(file, file);
        assertEquals(1, run("node list"), text());
        assertTrue(text().startsWith("stagedpipe: " + file + ": "), text());
        Files.delete(file);
        Files.writeString(file, "[{");
        assertEquals(1, run("node list"), text());
        assertTrue(text().startsWith("stagedpipe: " + file + ": "), text());
        assertEquals(1, text().lines().count(), text());
    }

    private void write(String addresses) throws IOException {
        Path cluster = Files.createDirectories(folder.resolve("data/cluster"));
        Files.writeString(
                cluster.resolve("cluster.json"),
                "[{\"role\": \"overseer\", \"name\": \"overseer-1\", \"pid\": %d, \"started\": 1, \"addresses\": %s}]"
                        .formatted(ProcessHandle.current().pid(), addresses));
    }

    private int run(String command) {
        err.reset();
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        ConsoleIo io = new ConsoleIo(InputStream.nullInputStream(), stream, stream, false, false);
        Stagedpipe stagedpipe = Stagedpipe.create(io, new LocalDefaults(new Home(folder, folder)));
        stagedpipe.commandLine().addSubcommand(new RunCommand(stagedpipe.context()));
        return stagedpipe.run(command.split(" ", -1));
    }

    private String text() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
