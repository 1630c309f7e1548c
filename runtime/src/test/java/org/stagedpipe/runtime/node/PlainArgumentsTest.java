package org.stagedpipe.runtime.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine;

import java.nio.file.Path;
import java.util.List;

class PlainArgumentsTest {

    private static final String ALL =
            "--role worker --conf c --data ../d --name n --port 0 --overseer a:1,b:2 --ready-within"
                    + " 5";

    @Test
    void readsWhatTheLibraryReads() {
        NodeOptions library = new NodeOptions();
        new CommandLine(library).parseArgs(ALL.split(" ", -1));
        NodeOptions plain = PlainArguments.read(ALL.split(" ", -1)).orElseThrow();
        assertEquals(fields(library), fields(plain));
    }

    @Test
    void leavesDefaults() {
        NodeOptions plain = PlainArguments.read("--role", "worker").orElseThrow();
        assertNull(plain.data);
        assertNull(plain.port);
        assertEquals(30, plain.readyWithinSeconds);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "--name n",
                "--role",
                "--role=worker",
                "--role worker --help",
                "--role worker --role worker",
                "--role worker --port 65536",
                "--role worker --port x",
                "--role worker --ready-within 0",
                "--role worker --name -x",
                "--role worker --name @x",
                "--role worker --what x",
                "worker --role"
            })
    void leavesToTheLibraryWhatIsUnusual(String line) {
        assertTrue(PlainArguments.read(line.split(" ", -1)).isEmpty());
    }

    private static String fields(NodeOptions options) {
        Path conf = options.conf;
        return String.join(
                " ",
                options.role,
                String.valueOf(conf),
                String.valueOf(options.data),
                options.name,
                options.overseer,
                String.valueOf(options.port),
                String.valueOf(options.readyWithinSeconds));
    }

    /// A node that ends with 2 is not started again.
    @Test
    void addressesAreLookedAtBeforeANodeStarts() throws Exception {
        NodeOptions options = new NodeOptions();
        for (String address : List.of("a:1", "a:1, b:2", "[::1]:9400,a.b-c:9400")) {
            options.overseer = address;
            options.check();
        }
        for (String none : List.of("", "foo", "a:x", "a:1,", "a:1 b:2", ":1")) {
            options.overseer = none;
            StartException refused = assertThrows(StartException.class, options::check);
            assertTrue(
                    refused.getMessage().startsWith("--overseer: \"" + none + "\" (expected: "),
                    refused.getMessage());
        }
    }
}
