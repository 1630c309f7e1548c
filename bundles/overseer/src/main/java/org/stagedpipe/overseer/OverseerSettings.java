package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.Settings;
import org.stagedpipe.cluster.ensemble.Terms;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.node.NodeSettings;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/// What an overseer is configured with.
///
/// @param node what every node has
/// @param admin where operators call
/// @param repository where the index and the blobs are read over HTTP
/// @param lease how long a silent node stays a member
/// @param heartbeat how often a node reports
/// @param sharing what overseers share
/// @param installTimeout how long all workers together may take to make a plugin ready
/// @param collectAfter how long what nobody needs stays in the repository
record OverseerSettings(
        NodeSettings node,
        Endpoint admin,
        Endpoint repository,
        Duration lease,
        Duration heartbeat,
        Sharing sharing,
        Duration installTimeout,
        Duration collectAfter) {

    /// What overseers share, and where.
    ///
    /// @param ports for the overseers' calls, for the majority, for elections
    /// @param external an ensemble that others run; null: one in the overseers
    /// @param session for how long an overseer that is silent keeps the lead
    record Sharing(List<Integer> ports, Terms.@Nullable External external, Duration session) {

        private static final List<Integer> PORTS = List.of(9404, 9405, 9406);

        static Sharing read(Settings settings, Security own) {
            return new Sharing(
                    List.of(
                            settings.integer("storePort", 0, MAX_PORT, PORTS.get(0)),
                            settings.integer("quorumPort", 0, MAX_PORT, PORTS.get(1)),
                            settings.integer("electionPort", 0, MAX_PORT, PORTS.get(2))),
                    ExternalStore.read(settings, own),
                    settings.millis(
                            "storeSessionMs",
                            Duration.ofSeconds(1),
                            Duration.ofSeconds(10),
                            Duration.ofMillis(2_500)));
        }
    }

    static final String PID = "org.stagedpipe.overseer";

    /// For how long a change may wait for workers, and keep others of its plugin out.
    static final Duration LONGEST_INSTALL = Duration.ofHours(1);

    private static final int PORT = 9400;
    private static final int ADMIN_PORT = 9401;
    private static final int REPOSITORY_PORT = 9402;
    private static final int MAX_PORT = 65_535;

    /// @throws org.stagedpipe.cluster.SettingsException if a value cannot be used or a key is unknown
    static OverseerSettings read(Map<String, ?> properties) {
        Settings settings = new Settings(PID, properties);
        NodeSettings node = NodeSettings.read(settings, PORT);
        String host = node.listen().host();
        Duration heartbeat =
                settings.millis(
                        "heartbeatMs",
                        Duration.ofMillis(10),
                        Duration.ofMinutes(1),
                        Duration.ofSeconds(1));
        Duration lease =
                settings.millis(
                        "leaseTtlMs",
                        Duration.ofMillis(100),
                        Duration.ofMinutes(10),
                        Duration.ofSeconds(3));
        if (lease.compareTo(heartbeat.plus(heartbeat)) < 0) {
            throw settings.refused(
                    "leaseTtlMs",
                    lease.toMillis(),
                    "at least twice heartbeatMs, " + heartbeat.toMillis());
        }
        OverseerSettings read =
                new OverseerSettings(
                        node,
                        new Endpoint(host, settings.integer("adminPort", 0, MAX_PORT, ADMIN_PORT)),
                        new Endpoint(
                                host,
                                settings.integer("repositoryPort", 0, MAX_PORT, REPOSITORY_PORT)),
                        lease,
                        heartbeat,
                        Sharing.read(settings, node.security()),
                        settings.millis(
                                "installTimeoutMs",
                                Duration.ofMillis(100),
                                LONGEST_INSTALL,
                                Duration.ofMinutes(1)),
                        settings.millis(
                                "collectAfterMs",
                                Duration.ofMillis(100),
                                Duration.ofDays(365),
                                Duration.ofDays(7)));
        settings.refuseUnknown();
        return read;
    }

    /// Looked at before the store opens: its servers know no such rule, and those of a majority listen where others reach them.
    ///
    /// @throws CallException INVALID if another than this machine could reach a port, and there is no TLS
    void checkPorts() throws CallException {
        node.security().check(node.listen());
        if (sharing.external() == null) {
            node.security().check(new Endpoint(node.advertised(), sharing.ports().get(1)));
        }
    }
}
