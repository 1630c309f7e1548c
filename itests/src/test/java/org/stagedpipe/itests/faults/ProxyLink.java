package org.stagedpipe.itests.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// One connection through a [Proxy]: for each way a thread that reads, and one that writes what it read when its time has
/// come. The end of one side ends the other, unless the link is half open.
final class ProxyLink {

    private static final int BUFFER = 16 << 10;
    private static final int CHUNKS = 64;

    private final Socket peer;
    private final Socket node;
    private final Weather weather;
    private final AtomicLong passed;
    private final Consumer<ProxyLink> ended;
    private volatile boolean halfOpen;
    private volatile long bytesPerSecond = Long.MAX_VALUE;
    private final AtomicLong its = new AtomicLong(); // of the bytes that passed

    /// Bytes on their way.
    ///
    /// @param due by nanoTime
    private record Chunk(byte[] bytes, long due) {}

    /// @param passed counts the bytes that come through
    ProxyLink(
            Socket peer,
            Socket node,
            Weather weather,
            AtomicLong passed,
            Consumer<ProxyLink> ended) {
        this.peer = peer;
        this.node = node;
        this.weather = weather;
        this.passed = passed;
        this.ended = ended;
    }

    void start() throws IOException {
        peer.setTcpNoDelay(true);
        node.setTcpNoDelay(true);
        pass(Weather.Way.TO_NODE, peer, node);
        pass(Weather.Way.FROM_NODE, node, peer);
    }

    /// No more bytes a second than that, in each direction of this connection.
    void trickle(long bytes) {
        bytesPerSecond = bytes;
    }

    /// Bytes that came through, both ways.
    long passed() {
        return its.get();
    }

    /// Both sides learn at once that the connection is gone.
    void reset() {
        reset(peer);
        reset(node);
        ended.accept(this);
    }

    /// The node's side is gone, the peer's stays open and says nothing.
    void loseNode() {
        halfOpen = true;
        reset(node);
    }

    /// Closes it the hard way.
    static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // it is gone already
        }
    }

    private void pass(Weather.Way way, Socket from, Socket to) {
        BlockingQueue<Chunk> line = new ArrayBlockingQueue<>(CHUNKS);
        Thread writer =
                Thread.ofVirtual().name("proxy-write-" + way).start(() -> write(way, line, to));
        Thread.ofVirtual()
                .name("proxy-read-" + way)
                .start(() -> {
                    read(from, line);
                    if (halfOpen) {
                        return;
                    }
                    try {
                        if (!line.offer(new Chunk(new byte[0], 0), 1, TimeUnit.SECONDS)) {
                            writer.interrupt(); // it is held up; nobody waits for the rest
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
    }

    private void read(Socket from, BlockingQueue<Chunk> line) {
        byte[] buffer = new byte[BUFFER];
        try {
            InputStream in = from.getInputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (!halfOpen) {
                    line.put(
                            new Chunk(
                                    Arrays.copyOf(buffer, n),
                                    System.nanoTime() + weather.delayNanos()));
                }
            }
        } catch (IOException e) {
            // the connection is gone, which ends the other side
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(Weather.Way way, BlockingQueue<Chunk> line, Socket to) {
        try {
            OutputStream out = to.getOutputStream();
            for (Chunk next = line.take(); next.bytes.length > 0; next = line.take()) {
                TimeUnit.NANOSECONDS.sleep(next.due - System.nanoTime());
                if (weather.takeFlip(way)) {
                    flip(next.bytes);
                }
                write(way, next.bytes, out);
            }
        } catch (IOException e) {
            // the connection is gone, which ends the other side
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!halfOpen) {
            reset();
        }
    }

    private void write(Weather.Way way, byte[] bytes, OutputStream out)
            throws IOException, InterruptedException {
        for (int sent = 0; sent < bytes.length; ) {
            weather.awaitPassage(way);
            long rate = Math.min(bytesPerSecond, weather.bytesPerSecond());
            int slice = (int) Math.min(bytes.length - sent, Math.max(1, rate / 50));
            out.write(bytes, sent, slice);
            out.flush();
            sent += slice;
            passed.addAndGet(slice);
            its.addAndGet(slice);
            if (rate < Long.MAX_VALUE) {
                TimeUnit.NANOSECONDS.sleep(slice * 1_000_000_000L / rate);
            }
        }
    }

    private static void flip(byte[] bytes) {
        int at = ThreadLocalRandom.current().nextInt(bytes.length);
        bytes[at] ^= (byte) (1 << ThreadLocalRandom.current().nextInt(8));
    }
}
