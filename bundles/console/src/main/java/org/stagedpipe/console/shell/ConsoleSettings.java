package org.stagedpipe.console.shell;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.Settings;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// What the console of an overseer is configured with.
///
/// @param ssh where it listens; port 0 takes any free one
/// @param data the folder of the node; the console keeps what it has in [org.stagedpipe.console.command.ShellAccess#FOLDER]
/// @param security how the commands prove to the overseer that an operator sent them
/// @param maxSessions how many shells and commands may run at once
/// @param idleTimeout when a connection is closed over which nothing comes
/// @param historyLines how many commands are remembered
record ConsoleSettings(
        Endpoint ssh,
        Path data,
        Security security,
        int maxSessions,
        Duration idleTimeout,
        int historyLines) {

    static final String PID = "org.stagedpipe.console";

    private static final int PORT = 9403;
    private static final int MAX_PORT = 65_535;
    private static final int MAX_SESSIONS = 1_000;
    private static final int MAX_HISTORY_LINES = 100_000;

    /// @throws org.stagedpipe.cluster.SettingsException if a value cannot be used or a key is unknown
    static ConsoleSettings read(Map<String, ?> properties) {
        Settings settings = new Settings(PID, properties);
        String host = settings.text("host", "127.0.0.1");
        if (host.isBlank()) {
            throw settings.refused("host", host, "a name or an address");
        }
        @Nullable Path data = settings.path("data");
        if (data == null) {
            throw settings.refused("data", "", "a folder");
        }
        ConsoleSettings read =
                new ConsoleSettings(
                        new Endpoint(host, settings.integer("sshPort", 0, MAX_PORT, PORT)),
                        data,
                        security(settings),
                        settings.integer("maxSessions", 1, MAX_SESSIONS, 32),
                        settings.millis(
                                "idleTimeoutMs",
                                Duration.ofSeconds(1),
                                Duration.ofDays(7),
                                Duration.ofHours(8)),
                        settings.integer("historyLines", 0, MAX_HISTORY_LINES, 1_000));
        settings.refuseUnknown();
        return read;
    }

    private static Security security(Settings settings) {
        @Nullable Path certificate = settings.path("tlsCertificate");
        @Nullable Path key = settings.path("tlsKey");
        @Nullable Path authorities = settings.path("tlsAuthorities");
        if (certificate == null && key == null && authorities == null) {
            return Security.loopbackOnly();
        }
        if (certificate == null || key == null || authorities == null) {
            throw settings.refused(
                    "tlsCertificate",
                    certificate,
                    "tlsCertificate, tlsKey and tlsAuthorities together");
        }
        try {
            return Security.tls(certificate, key, authorities);
        } catch (IllegalArgumentException e) {
            throw settings.refused("tlsCertificate", certificate, String.valueOf(e.getMessage()));
        }
    }
}
