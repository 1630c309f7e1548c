package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.transport.Endpoint;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/// What a console says to configurations that it cannot use.
class ConsoleSettingsTest {

    private static final Endpoint NOBODY = new Endpoint("127.0.0.1", 1);

    @TempDir Path folder;

    @Test
    void refusesUnknownKeysAndBadValues() throws Exception {
        try (ShellContainer container =
                ShellContainer.start(folder, ShellContainer.overseer(NOBODY, false))) {
            String unknown = container.configure(Map.of("prot", 1));
            assertTrue(
                    unknown.startsWith(
                            "failed: org.stagedpipe.console: unknown key prot (expected: one of"
                                    + " data,"),
                    unknown);
            assertEquals(
                    "failed: org.stagedpipe.console: sshPort: 70000 (expected: a whole number from"
                            + " 0 to 65535)",
                    container.configure(Map.of("sshPort", 70_000)));
            assertTrue(
                    container
                            .configure(Map.of("tlsKey", "x"))
                            .contains("tlsCertificate, tlsKey and tlsAuthorities together"));
        }
    }

    @Test
    void saysWhichPortIsInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ShellContainer container =
                        ShellContainer.start(folder, ShellContainer.overseer(NOBODY, false))) {
            String told = container.configure(Map.of("sshPort", taken.getLocalPort()));
            assertTrue(
                    told.startsWith("failed: port " + taken.getLocalPort() + " on 127.0.0.1"),
                    told);
        }
    }

    @Test
    void servesNobodyWhereItCouldDoNothing() throws Exception {
        try (ShellContainer container =
                ShellContainer.start(folder, ShellContainer.overseer(NOBODY, true))) {
            String told = container.configure(Map.of());
            assertTrue(told.startsWith("ready: no console: "), told);
            assertFalse(Files.exists(container.folder()));
        }
    }

    @Test
    void closesItsFolderToOthers() throws Exception {
        try (ShellContainer container =
                ShellContainer.start(folder, ShellContainer.overseer(NOBODY, false))) {
            Files.createDirectories(container.folder());
            Files.setPosixFilePermissions(
                    container.folder(), PosixFilePermissions.fromString("rwxr-xr-x"));
            container.configure(Map.of());
            assertEquals(
                    "rwx------",
                    PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(container.folder())));
        }
    }
}
