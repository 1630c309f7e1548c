package org.stagedpipe.zookeeper;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.ensemble.Terms;

import java.util.Map;

/// The node's PEM files as ZooKeeper wants them.
final class KeyStores {

    static @Nullable KeyStores of(Terms terms) {
        return null;
    }

    /// Keys of a server's configuration.
    Map<String, String> server() {
        return Map.of();
    }

    /// Properties of a client.
    Map<String, String> client() {
        return Map.of();
    }
}
