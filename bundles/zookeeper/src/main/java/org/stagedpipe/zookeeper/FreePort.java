package org.stagedpipe.zookeeper;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/// A port that nobody has at the moment; a server's ports stand in the list of members before it listens on them.
final class FreePort {

    private FreePort() {}

    static int on(String host) throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
            return socket.getLocalPort();
        }
    }
}
