package org.stagedpipe.zookeeper;

import org.stagedpipe.cluster.catalogue.StoreException;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;

/// A port that nobody has at the moment; a server's ports stand in the list of members before it listens on them.
final class FreePort {

    private static final String KNOWN =
            "; the other overseers know this one by it, whatever the settings say";

    private FreePort() {}

    /// @param except those that are given to others, which do not listen on them yet
    static int on(String host, Integer... except) throws IOException {
        try (ServerSocket socket = listen(host, 0)) {
            int port = socket.getLocalPort();
            return List.of(except).contains(port)
                    ? on(host, except)
                    : port; // while it has this one
        }
    }

    /// That one if it is free, another one if not.
    static int preferably(String host, int wanted, Integer... except) throws IOException {
        try (ServerSocket _ = listen(host, wanted)) {
            return wanted;
        } catch (BindException e) {
            return on(host, except);
        }
    }

    /// ZooKeeper's server does not say which of its ports is in use, or tries it again until it finds no majority.
    ///
    /// @param isKnown to the other overseers, so that no other one does
    /// @throws StoreException if it is none, or the host is not of this machine
    static void check(String host, int port, boolean isKnown) throws IOException, StoreException {
        try (ServerSocket _ = listen(host, port)) {
            // It is free.
        } catch (BindException e) {
            throw new StoreException(
                    String.valueOf(e.getMessage()).contains("Address already in use")
                            ? "port "
                                    + port
                                    + " on "
                                    + host
                                    + " is in use (expected: a free port"
                                    + (isKnown ? KNOWN : ", or 0 for any")
                                    + ")"
                            : "cannot listen on "
                                    + Member.at(host, port)
                                    + ": "
                                    + e.getMessage()
                                    + " (expected: an address of this machine, or host 0.0.0.0"
                                    + (isKnown ? KNOWN : "")
                                    + ")",
                    e);
        }
    }

    private static ServerSocket listen(String host, int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getByName(host));
    }
}
