package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.Settings;
import org.stagedpipe.cluster.ensemble.Terms;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Where a ZooKeeper is that others run, and how overseers speak to it: `store`, `storeProtocol`, `storeTlsCertificate`,
/// `storeTlsKey`, `storeTlsAuthorities`.
///
/// Plain text is spoken to loopback addresses by an overseer that has no TLS itself, and else only if the settings say so.
final class ExternalStore {

    private static final String STORE = "store";
    private static final String PROTOCOL = "storeProtocol";
    private static final String CERTIFICATE = "storeTlsCertificate";
    private static final String KEY = "storeTlsKey";
    private static final String AUTHORITIES = "storeTlsAuthorities";
    private static final String TLS = "tls";
    private static final String PLAIN = "plain";

    private final Settings settings;
    private final Security.@Nullable PemFiles own;
    private final String protocol;
    private final @Nullable Path certificate;
    private final @Nullable Path key;
    private final @Nullable Path authorities;

    private ExternalStore(Settings settings, Security own) {
        this.settings = settings;
        this.own = own.files();
        this.protocol = settings.text(PROTOCOL, "");
        this.certificate = settings.path(CERTIFICATE);
        this.key = settings.path(KEY);
        this.authorities = settings.path(AUTHORITIES);
    }

    /// Null if the overseers run one themselves.
    ///
    /// @param own what the overseer proves itself with; for the store as well, unless that has files of its own
    /// @throws org.stagedpipe.cluster.SettingsException if the keys contradict each other, or one cannot be used
    static Terms.@Nullable External read(Settings settings, Security own) {
        ExternalStore store = new ExternalStore(settings, own);
        if (settings.text(STORE, "").isBlank()) {
            store.refuseAllOthers("nothing without " + STORE);
            return null;
        }
        List<String> addresses = settings.texts(STORE);
        if (addresses.isEmpty()) {
            throw settings.refused(STORE, settings.text(STORE), "host:port,host:port");
        }
        List<Endpoint> servers = addresses.stream().map(store::server).toList();
        return new Terms.External(
                servers.stream().map(Endpoint::toString).toList(),
                store.isTls(servers) ? store.files() : null);
    }

    private void refuseAllOthers(String expected) {
        if (!protocol.isEmpty()) {
            throw settings.refused(PROTOCOL, protocol, expected);
        }
        refuseFiles(expected);
    }

    private void refuseFiles(String expected) {
        for (String file : List.of(CERTIFICATE, KEY, AUTHORITIES)) {
            if (settings.path(file) != null) {
                throw settings.refused(file, settings.path(file), expected);
            }
        }
    }

    private Endpoint server(String address) {
        try {
            Endpoint server = Endpoint.parse(address);
            if (server.port() == 0) {
                throw new IllegalArgumentException("no port");
            }
            return server;
        } catch (IllegalArgumentException e) {
            throw settings.refused(STORE, address, "host:port, more of them separated by commas");
        }
    }

    private boolean isTls(List<Endpoint> servers) {
        switch (protocol) {
            case TLS -> {
                return true;
            }
            case PLAIN -> {
                refuseFiles("no TLS files with " + PROTOCOL + " " + PLAIN);
                return false;
            }
            case "" -> {
                boolean hasFiles =
                        own != null || certificate != null || key != null || authorities != null;
                if (!hasFiles) {
                    servers.forEach(this::checkLoopback);
                }
                return hasFiles;
            }
            default -> throw settings.refused(PROTOCOL, protocol, TLS + " or " + PLAIN);
        }
    }

    private void checkLoopback(Endpoint server) {
        try {
            if (server.isLoopback()) {
                return;
            }
        } catch (UnknownHostException e) {
            throw settings.refused(STORE, server, "a host that has an address");
        }
        throw settings.refused(
                STORE,
                server,
                "a loopback address, TLS files, or " + PROTOCOL + " " + PLAIN + " to go without");
    }

    private Terms.PemFiles files() {
        if ((certificate == null) != (key == null)) {
            throw settings.refused(
                    CERTIFICATE, certificate, CERTIFICATE + " and " + KEY + " together");
        }
        return new Terms.PemFiles(
                readable(CERTIFICATE, certificate, own == null ? null : own.certificate()),
                readable(KEY, key, own == null ? null : own.key()),
                readable(AUTHORITIES, authorities, own == null ? null : own.authorities()));
    }

    private Path readable(String setting, @Nullable Path file, @Nullable Path ownFile) {
        Path chosen = file == null ? ownFile : file;
        if (chosen == null) {
            throw settings.refused(setting, null, "a PEM file, as the overseer itself has no TLS");
        }
        if (!Files.isReadable(chosen)) {
            throw settings.refused(setting, chosen, "a readable PEM file");
        }
        return chosen;
    }
}
