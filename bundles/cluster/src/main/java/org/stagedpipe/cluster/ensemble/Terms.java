package org.stagedpipe.cluster.ensemble;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.StoreException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What an overseer brings into an [Ensemble].
///
/// @param name its own, unique in the cluster
/// @param folder where it keeps its part of the values; only its TLS files with `external`
/// @param host where it listens
/// @param advertised the host that the others reach it by
/// @param ports three of its own: for the overseers' calls, for the majority, for elections; 0 for any free one
/// @param external an ensemble that others run; null to run one in the overseers
/// @param join asked if the folder is empty
/// @param session for how long an overseer that is silent keeps the lead
/// @param tls of the ensemble in the overseers; null on loopback addresses
public record Terms(
        String name,
        Path folder,
        String host,
        String advertised,
        List<Integer> ports,
        @Nullable External external,
        Joining join,
        Duration session,
        @Nullable PemFiles tls) {

    private static final int PORTS = 3;

    /// @throws IllegalArgumentException if there are not three ports
    public Terms {
        ports = List.copyOf(ports);
        if (ports.size() != PORTS) {
            throw new IllegalArgumentException("ports: " + ports + " (expected: three)");
        }
    }

    /// An ensemble that others run.
    ///
    /// @param addresses of its servers, each `host:port`
    /// @param tls null: it is spoken to in plain text
    public record External(List<String> addresses, @Nullable PemFiles tls) {

        /// @throws IllegalArgumentException if there is no address
        public External {
            addresses = List.copyOf(addresses);
            if (addresses.isEmpty()) {
                throw new IllegalArgumentException("addresses: none (expected: at least one)");
            }
        }
    }

    /// Where the ensemble is that an overseer with an empty folder joins.
    @FunctionalInterface
    public interface Joining {

        /// What [Ensemble#address] of one of them says; empty to found a new one.
        ///
        /// @throws StoreException if there should be one and it does not answer
        String address() throws StoreException;
    }

    /// How overseers prove to each other who they are.
    ///
    /// @param certificate this node's certificate and what signed it
    /// @param key its private key, PKCS 8
    /// @param authorities whose signatures are believed
    public record PemFiles(Path certificate, Path key, Path authorities) {}
}
