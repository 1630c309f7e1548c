package org.stagedpipe.zookeeper;

import org.stagedpipe.cluster.catalogue.StoreException;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;

/// A port that nobody has at the moment; a server's ports stand in the list of members before it listens on them.
final class FreePort {

    private FreePort() {}

    static int on(String host) throws IOException {
        return listen(host, 0);
    }

    /// ZooKeeper's server does not say which of its ports is in use, or tries it again until it finds no majority.
    ///
    /// @throws StoreException if it is none, or the host is not of this machine
    static void check(String host, int port) throws IOException, StoreException {
        try {
            int _ = listen(host, port);
        } catch (BindException e) {
            throw new StoreException(
                    String.valueOf(e.getMessage()).contains("Address already in use")
                            ? "port "
                                    + port
                                    + " on "
                                    + host
                                    + " is in use (expected: a free port, or 0 for any)"
                            : "cannot listen on " + Member.at(host, port) + ": " + e.getMessage(),
                    e);
        }
    }

    private static int listen(String host, int port) throws IOException {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(host))) {
            return socket.getLocalPort();
        }
    }
}
