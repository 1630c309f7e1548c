package org.stagedpipe.cluster.ensemble;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.StoreException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What an overseer brings into an [Ensemble].
///
/// @param name its own, unique in the cluster
/// @param folder where it keeps its part of the values; not used with `connect`
/// @param host where it listens
/// @param advertised the host that the others reach it by
/// @param ports three of its own: for the overseers' calls, for the majority, for elections; 0 for any free one
/// @param connect an ensemble that others run, `host:port,host:port`; empty to run one in the overseers
/// @param join asked if the folder is empty
/// @param session for how long an overseer that is silent keeps the lead
/// @param tls null on loopback addresses
public record Terms(
        String name,
        Path folder,
        String host,
        String advertised,
        List<Integer> ports,
        String connect,
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
