package org.stagedpipe.client;

import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// A port that passes its connections on to another one, until it drops what comes on them.
final class Passage implements AutoCloseable {

    private final Endpoint to;
    private final ServerSocket listening;
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
    private volatile int frozen; // of those, the first

    Passage(Endpoint to) throws IOException {
        this.to = to;
        this.listening = new ServerSocket(0, 0, InetAddress.getByName(to.host()));
        Thread.ofVirtual().start(this::accept);
    }

    Endpoint endpoint() {
        return new Endpoint(to.host(), listening.getLocalPort());
    }

    /// How many there have been.
    int connections() {
        return sockets.size() / 2;
    }

    /// Drops what comes on the connections that there are; those that follow are passed on.
    void freeze() {
        frozen = sockets.size();
    }

    /// Ends the connections that there are.
    void cut() {
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket from = listening.accept();
                Socket further = new Socket(to.host(), to.port());
                int number = sockets.size();
                sockets.add(from);
                sockets.add(further);
                Thread.ofVirtual().start(() -> pass(from, further, number));
                Thread.ofVirtual().start(() -> pass(further, from, number));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void pass(Socket from, Socket further, int number) {
        byte[] buffer = new byte[8 << 10];
        try (from;
                further;
                InputStream in = from.getInputStream();
                OutputStream out = further.getOutputStream()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (number >= frozen) {
                    out.write(buffer, 0, read);
                }
            }
        } catch (IOException e) {
            // closed
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        cut();
    }
}
