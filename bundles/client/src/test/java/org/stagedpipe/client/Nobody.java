package org.stagedpipe.client;

import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/// A port where nobody listens, and that is given to nobody else until it is closed.
final class Nobody implements AutoCloseable {

    private final Socket reserved = new Socket();

    Nobody() throws IOException {
        reserved.bind(new InetSocketAddress(Cluster.ANY.host(), 0));
    }

    Endpoint endpoint() {
        return new Endpoint(Cluster.ANY.host(), reserved.getLocalPort());
    }

    @Override
    public void close() throws IOException {
        reserved.close();
    }
}
