package org.stagedpipe.runtime.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.console.Stagedpipe;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// How somebody finds out how a node starts.
class NodeCommandTest {

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    @Test
    void theCommandsAboutNodesShowHowOneStarts() {
        assertEquals(0, run("node", "--help"));
        assertSaid("--role=ROLE");
        assertSaid("stagedpipe node --role worker");
        assertFalse(said.toString(StandardCharsets.UTF_8).contains("WARN"));
        assertEquals(2, run("node", "--rol", "worker"));
        assertSaid("--role");
        assertEquals(0, run("completion"));
        assertSaid("'--role'");
    }

    @Test
    void theyTakeNoneOfItsOptions() {
        assertEquals(2, run("node", "--port", "0", "list"));
        assertSaid("--port: 0 (expected: of a node that starts");
        assertEquals(2, run("node", "--name", "w1"));
        assertSaid("--name: w1 (expected: of a node that starts");
    }

    private int run(String... arguments) {
        said.reset();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        ConsoleIo io = new ConsoleIo(InputStream.nullInputStream(), stream, stream, false, false);
        Stagedpipe stagedpipe = Stagedpipe.create(io, Defaults.local());
        NodeCommand.show(stagedpipe.group("node"));
        PrintStream before = System.err;
        System.setErr(stream); // where the library warns
        try {
            return stagedpipe.run(arguments);
        } finally {
            System.setErr(before);
        }
    }

    private void assertSaid(String text) {
        String all = said.toString(StandardCharsets.UTF_8);
        assertTrue(all.contains(text), all);
    }
}
