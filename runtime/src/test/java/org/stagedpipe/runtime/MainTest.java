package org.stagedpipe.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.file.Path;

@Timeout(120)
class MainTest {

    @Test
    void anUnknownHostIsOneLine() throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "plugin",
                        "list",
                        "--overseer",
                        "nohost.invalid:9400");
        try (ChildProcess command = ChildProcess.start(builder)) {
            String err = command.err();
            assertEquals(1, err.lines().count(), err);
            assertTrue(err.contains("nohost.invalid"), err);
            assertEquals(3, command.status());
        }
    }
}
