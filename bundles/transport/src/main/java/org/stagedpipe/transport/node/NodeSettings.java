package org.stagedpipe.transport.node;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.Settings;
import org.stagedpipe.transport.Caller;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// The settings that every node has.
///
/// @param name unique in the cluster
/// @param listen where its server listens; port 0 takes any free one
/// @param advertised the host that its peers reach it by
/// @param overseers where overseers are; empty for an overseer itself
/// @param data the folder for what it keeps, its own
/// @param security how peers prove who they are
public record NodeSettings(
        String name,
        Endpoint listen,
        String advertised,
        List<Endpoint> overseers,
        Path data,
        Security security) {

    private static final Set<String> WILDCARDS = Set.of("0.0.0.0", "::", "[::]");

    /// Reads `name`, `host`, `port`, `advertise`, `overseers`, `data`, `tlsCertificate`, `tlsKey`, `tlsAuthorities`.
    ///
    /// @throws org.stagedpipe.cluster.SettingsException if one of them cannot be used
    public static NodeSettings read(Settings settings, int defaultPort) {
        String name = settings.text("name");
        if (!name.matches("[a-z][a-z0-9-]{0,62}")) {
            throw settings.refused(
                    "name",
                    name,
                    "lower-case letters, digits and hyphens, a letter first, at most 63");
        }
        String host = settings.text("host", "127.0.0.1");
        if (host.isBlank()) {
            throw settings.refused("host", host, "a name or an address");
        }
        String advertised = settings.text("advertise", host);
        if (advertised.isBlank() || WILDCARDS.contains(advertised)) {
            throw settings.refused(
                    "advertise", advertised, "the name or address that peers reach the node by");
        }
        Endpoint listen = new Endpoint(host, settings.integer("port", 0, 65_535, defaultPort));
        Path data = settings.path("data");
        if (data == null) {
            throw settings.refused("data", "", "a folder");
        }
        return new NodeSettings(
                name, listen, advertised, overseers(settings), data, security(settings));
    }

    /// The same of a node that overseers take as a member only by the name in its certificate: no use to start with another one.
    ///
    /// @param role that it has
    /// @throws org.stagedpipe.cluster.SettingsException also if its certificate names others only
    public static NodeSettings readMember(Settings settings, Caller role, int defaultPort) {
        NodeSettings node = read(settings, defaultPort);
        String own = role.label() + "/" + node.name();
        List<String> names = node.security().names();
        if (!names.isEmpty() && !names.contains(own)) {
            throw settings.refused(
                    "name",
                    node.name(),
                    "as in the certificate, which is of "
                            + String.join(", ", names)
                            + "; or one with the URI spiffe://CLUSTER/"
                            + own);
        }
        return node;
    }

    private static List<Endpoint> overseers(Settings settings) {
        return settings.texts("overseers").stream()
                .map(text -> {
                    try {
                        return Endpoint.parse(text);
                    } catch (IllegalArgumentException e) {
                        throw settings.refused(
                                "overseers", text, "host:port, more of them separated by commas");
                    }
                })
                .toList();
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
        readable(settings, "tlsCertificate", certificate);
        readable(settings, "tlsKey", key);
        readable(settings, "tlsAuthorities", authorities);
        return Security.tls(certificate, key, authorities);
    }

    private static void readable(Settings settings, String setting, Path file) {
        if (!Files.isReadable(file)) {
            throw settings.refused(setting, file, "a readable PEM file");
        }
    }
}
