package org.stagedpipe.itests.faults;

import org.stagedpipe.transport.Endpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/// A peer that speaks HTTP/2 in clear to do harm, and reads nothing: one connection after the other, each until the server ends it.
/// Owns a virtual thread; closed by whoever started it.
final class Http2Abuse implements AutoCloseable {

    private static final int BURST = 100; // frames
    private static final long PAUSE_MS = 10; // or it is the machine's processors that it takes

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int CONTINUATION = 9;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;

    private static final byte[] NOTHING = {};
    private static final byte[] CANCEL = {0, 0, 0, 8};
    private static final byte[] EMPTY_MESSAGE = {0, 0, 0, 0, 0};
    private static final byte[] NO_WINDOW = {0, 4, 0, 0, 0, 0}; // INITIAL_WINDOW_SIZE 0
    private static final byte[] A_HEADER = {0, 1, 'x', 1, 'y'};

    private final Endpoint server;
    private final Way way;
    private final Thread thread;
    private final AtomicLong frames = new AtomicLong();
    private final AtomicReference<Socket> open = new AtomicReference<>();
    private volatile int connections;
    private volatile boolean closed;

    /// What it does.
    enum Way {
        /// Calls that it gives up at once.
        RESETS,
        PINGS,
        SETTINGS,
        /// Headers that never end.
        CONTINUATIONS,
        /// A call with messages of nothing.
        EMPTY_FRAMES,
        /// Calls whose answers it has no window for.
        NO_WINDOW
    }

    private Http2Abuse(Endpoint server, Way way) {
        this.server = server;
        this.way = way;
        this.thread = Thread.ofVirtual().name("abuse-" + way).unstarted(this::run);
    }

    static Http2Abuse start(Endpoint server, Way way) {
        Http2Abuse abuse = new Http2Abuse(server, way);
        abuse.thread.start();
        return abuse;
    }

    /// Frames that it sent.
    long frames() {
        return frames.get();
    }

    @Override
    public String toString() {
        return way + " to " + server + ": " + frames + " frames, " + connections + " connections";
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        Socket socket = open.get();
        if (socket != null) {
            ProxyLink.reset(socket);
        }
        thread.join();
    }

    private void run() {
        while (!closed) {
            try (Socket socket = new Socket(server.host(), server.port())) {
                open.set(socket);
                connections++;
                harm(socket.getOutputStream());
            } catch (IOException e) {
                // the server has had enough, or this is closed
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void harm(OutputStream out) throws IOException, InterruptedException {
        out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.write(frame(SETTINGS, 0, 0, way == Way.NO_WINDOW ? NO_WINDOW : NOTHING));
        int stream = 1;
        if (way == Way.CONTINUATIONS || way == Way.EMPTY_FRAMES) {
            int flags = way == Way.CONTINUATIONS ? 0 : END_HEADERS;
            out.write(frame(HEADERS, flags, stream, headers("stagedpipe.v1.Coordinator/Process")));
        }
        while (!closed) {
            ByteArrayOutputStream burst = new ByteArrayOutputStream();
            for (int i = 0; i < BURST; i++) {
                burst.writeBytes(next(stream));
                stream += 2;
            }
            out.write(burst.toByteArray());
            frames.addAndGet(BURST);
            Thread.sleep(PAUSE_MS);
        }
    }

    private byte[] next(int stream) {
        return switch (way) {
            case RESETS ->
                    both(
                            frame(
                                    HEADERS,
                                    END_HEADERS,
                                    stream,
                                    headers("stagedpipe.v1.Coordinator/Process")),
                            frame(RST_STREAM, 0, stream, CANCEL));
            case PINGS -> frame(PING, 0, 0, new byte[8]);
            case SETTINGS -> frame(SETTINGS, 0, 0, NOTHING);
            case CONTINUATIONS -> frame(CONTINUATION, 0, 1, A_HEADER);
            case EMPTY_FRAMES -> frame(DATA, 0, 1, NOTHING);
            case NO_WINDOW ->
                    both(
                            frame(
                                    HEADERS,
                                    END_HEADERS,
                                    stream,
                                    headers("grpc.health.v1.Health/Check")),
                            frame(DATA, END_STREAM, stream, EMPTY_MESSAGE));
        };
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    private static byte[] both(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
    }

    /// HPACK: from the static table, or literal without indexing.
    private static byte[] headers(String method) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        try {
            block.write(0x83); // :method POST
            block.write(0x86); // :scheme http
            block.write(0x04);
            text(block, "/" + method); // :path
            block.write(0x01);
            text(block, "localhost"); // :authority
            block.write(new byte[] {0x0f, 0x10});
            text(block, "application/grpc"); // content-type
            block.write(0);
            text(block, "te");
            text(block, "trailers");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return block.toByteArray();
    }

    private static void text(ByteArrayOutputStream block, String text) throws IOException {
        block.write(text.length());
        block.write(text.getBytes(StandardCharsets.US_ASCII));
    }
}
