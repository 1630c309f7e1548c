package org.stagedpipe.runtime.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.command.ConsoleContext;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.console.command.GlobalOptions;
import org.stagedpipe.runtime.Home;
import org.stagedpipe.runtime.node.NodeLock;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// `prepare` where an earlier one was interrupted; with nodes that do not start.
@Timeout(60)
class PrepareCommandTest {

    @TempDir Path folder;
    private Path unfinished = Path.of("");

    @BeforeEach
    void interruptOne() throws Exception {
        Path script = folder.resolve("bin/stagedpipe");
        Files.createDirectories(folder.resolve("bin"));
        Files.writeString(script, "#!/bin/sh\necho 'stagedpipe: no room'\nexit 1\n");
        assertTrue(script.toFile().setExecutable(true));
        unfinished = Files.createDirectories(folder.resolve("caches/making1"));
        Files.writeString(unfinished.resolve("worker.aot"), "half");
    }

    @Test
    void leavesNothingOfAnEarlierOne() throws Exception {
        Member left =
                LocalCluster.begin(home(), unfinished)
                        .start("worker", "worker-1", new ProcessBuilder("sleep", "60"));
        assertPrepareEnds("overseer-1 did not start: no room");
        assertFalse(left.process().isPresent());
        assertArrayEquals(
                new String[0],
                folder.resolve("caches").toFile().list((in, name) -> name.startsWith("making")));
    }

    @Test
    void leavesOneThatRunsAlone() throws Exception {
        try (NodeLock _ =
                Objects.requireNonNull(NodeLock.take(folder.resolve("caches")), "the lock")) {
            assertPrepareEnds(
                    folder.resolve("caches") + " is used by another prepare (expected: by none)");
        }
        assertTrue(Files.exists(unfinished.resolve("worker.aot")));
    }

    private void assertPrepareEnds(String text) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        ConsoleIo io = ConsoleIo.plain(InputStream.nullInputStream(), nowhere, nowhere);
        ConsoleContext context = new ConsoleContext(io, new GlobalOptions(), Defaults.local());
        PrepareCommand prepare = new PrepareCommand(context, home());
        assertEquals(text, assertThrows(ClusterException.class, prepare::call).getMessage());
    }

    private Home home() {
        return new Home(folder, folder);
    }
}
