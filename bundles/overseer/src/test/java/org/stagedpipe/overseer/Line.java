package org.stagedpipe.overseer;

import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// The way of one node to its overseer. Once it is cut the overseer sees what it sees when the node's process is killed, unless the
/// node comes back by itself: it knows another way.
final class Line implements AutoCloseable {

    private final Endpoint overseer;
    private final ServerSocket server;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private volatile boolean isMute;

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
            byte[] bytes = new byte[1 << 13];
            InputStream in = from.getInputStream();
            for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                if (!isMute) {
                    to.getOutputStream().write(bytes, 0, count);
                }
            }
        } catch (IOException e) {
            // it is cut
        } finally {
            close(from);
            close(to);
        }
    }

    /// Nothing arrives any more.
    void mute() {
        isMute = true;
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
