package org.stagedpipe.overseer;

import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// The way of one node to its overseer. Once it is cut the overseer sees what it sees when the node's process is killed.
final class Line implements AutoCloseable {

    private final Endpoint overseer;
    private final ServerSocket server;
    private final List<Socket> open = new CopyOnWriteArrayList<>();

    Line(Endpoint overseer) throws IOException {
        this.overseer = overseer;
        this.server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("test-line").start(this::accept);
    }

    /// Where the node calls.
    Endpoint endpoint() {
        return new Endpoint("127.0.0.1", server.getLocalPort());
    }

    private void accept() {
        try {
            while (true) { // until it is cut
                Socket here = kept(server.accept());
                Socket there = kept(new Socket(overseer.host(), overseer.port()));
                Thread.ofVirtual().start(() -> copy(here, there));
                Thread.ofVirtual().start(() -> copy(there, here));
            }
        } catch (IOException e) {
            close();
        }
    }

    private Socket kept(Socket socket) {
        open.add(socket);
        return socket;
    }

    private void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // it is cut
        } finally {
            close(from);
            close(to);
        }
    }

    void cut() {
        close();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        open.forEach(Line::close);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
