package org.stagedpipe.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;

/// A port that passes one connection on to another port, until nothing comes back.
final class OneWay implements AutoCloseable {

    private final Endpoint to;
    private final ServerSocket listening;
    private final AtomicLong passed = new AtomicLong();
    private volatile boolean closed; // the way back

    OneWay(Endpoint to) throws IOException {
        this.to = to;
        this.listening = new ServerSocket(0, 1, InetAddress.getByName(to.host()));
        Thread.ofVirtual().start(this::pass);
    }

    Endpoint endpoint() {
        return new Endpoint(to.host(), listening.getLocalPort());
    }

    /// From now on.
    void closeTheWayBack() {
        closed = true;
    }

    /// Bytes that have gone there.
    long passed() {
        return passed.get();
    }

    private void pass() {
        try (Socket from = listening.accept();
                Socket further = new Socket(to.host(), to.port())) {
            Thread.ofVirtual().start(() -> copyBack(further, from));
            InputStream in = from.getInputStream();
            OutputStream out = further.getOutputStream();
            byte[] buffer = new byte[8 << 10];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
                passed.addAndGet(read);
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void copyBack(Socket from, Socket to) {
        byte[] buffer = new byte[8 << 10];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (!closed) {
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
    }
}
