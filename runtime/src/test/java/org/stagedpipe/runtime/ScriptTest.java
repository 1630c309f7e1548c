package org.stagedpipe.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// `bin/stagedpipe` with a script in the place of Java, which tells what it was given.
@Timeout(30)
@EnabledOnOs(OS.LINUX)
class ScriptTest {

    private static final String JAVA =
            """
            #!/bin/sh
            streams=$(for fd in 0 1 2; do readlink /proc/$$/fd/$fd || echo closed; done)
            echo lost || streams="$streams unwritable"
            echo "$streams" > "${0%/*}/streams"
            """;

    @TempDir Path folder;

    @BeforeEach
    void makeHome() throws IOException {
        executable(Files.readString(Path.of("bin/stagedpipe")), "bin/stagedpipe");
        Files.createDirectories(folder.resolve("lib"));
        executable(JAVA, "jdk/bin/java");
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
    }

    @Test
    void leavesNoStreamClosedForAFileToTakeItsPlace() throws Exception {
        assertEquals("/dev/null\n/dev/null\n/dev/null unwritable\n", streams("<&- >&- 2>&-"));
        assertEquals("/dev/null\n/dev/zero\n/dev/null\n", streams("<&- >/dev/zero 2>&-"));
        assertEquals("/dev/zero\n/dev/zero\n/dev/null\n", streams("</dev/zero >/dev/zero 2>&-"));
    }

    @Test
    void leavesOpenStreamsAlone() throws Exception {
        assertEquals("/dev/zero\n/dev/zero\n/dev/full\n", streams("<&2 >&2 2>/dev/full"));
    }

    /// As a service of the system has none.
    @Test
    void startsWithoutAHome() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(script(), "node", "--role", "worker");
        builder.environment().remove("HOME");
        assertEquals("", run(builder));
    }

    /// What the streams of Java are when the command is run with those.
    private String streams(String redirections) throws Exception {
        String line = "exec \"$0\" run p 2>/dev/zero " + redirections;
        run(new ProcessBuilder("/bin/sh", "-c", line, script()));
        return Files.readString(folder.resolve("jdk/bin/streams"));
    }

    private String script() {
        return folder.resolve("bin/stagedpipe").toString();
    }

    /// What it says on stderr; it ends well.
    private String run(ProcessBuilder builder) throws Exception {
        builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        try (ChildProcess child = ChildProcess.start(builder)) {
            String err = child.err();
            assertEquals(0, child.status(), err);
            return err;
        }
    }

    private void executable(String text, String file) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.resolveSibling(""));
        Files.writeString(path, text);
        assertTrue(path.toFile().setExecutable(true));
    }
}
