package org.stagedpipe.itests.faults;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.LongSupplier;

/// A proxy does what the rows say of it, to a server that echoes.
class ProxyTest {

    private static final byte[] BYTES = {1, 2, 3, 4};

    private ServerSocket server;
    private Proxy proxy;
    private Socket peer;

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 8, InetAddress.getByName("127.0.0.1"));
        Thread.ofVirtual().start(this::accept);
        proxy = Proxy.open(new Endpoint("127.0.0.2", 0));
        proxy.to(new Endpoint("127.0.0.1", server.getLocalPort()));
        peer = connect();
    }

    @AfterEach
    void stop() throws IOException {
        peer.close();
        proxy.close();
        server.close();
    }

    @Test
    void passesOnWhatComes() throws Exception {
        assertArrayEquals(BYTES, echo());
        awaitAtLeast(2L * BYTES.length, proxy::passed); // which it counts after it passed them on
        assertEquals(2L * BYTES.length, proxy.passed());
    }

    @Test
    void flipsOneBitOnce() throws IOException {
        proxy.weather().flip(Weather.Way.TO_NODE);
        assertEquals(1, differentBits(echo()));
        assertEquals(0, differentBits(echo()));
        assertEquals(1, proxy.weather().flipped());
    }

    @Test
    void holdsOneWayUntilItIsCleared() throws Exception {
        proxy.weather().hold(Weather.Way.FROM_NODE);
        peer.getOutputStream().write(BYTES);
        awaitAtLeast(1, proxy.weather()::heldUp);
        peer.setSoTimeout(20);
        assertThrows(SocketTimeoutException.class, () -> peer.getInputStream().read());
        assertEquals(1, proxy.weather().heldUp());
        peer.setSoTimeout(5_000);
        proxy.clear();
        assertArrayEquals(BYTES, peer.getInputStream().readNBytes(BYTES.length));
    }

    @Test
    void oneConnectionTricklesBesideOthers() throws IOException {
        echo();
        proxy.links().forEach(link -> link.trickle(2));
        try (Socket other = connect()) {
            other.getOutputStream().write(BYTES);
            assertArrayEquals(BYTES, other.getInputStream().readNBytes(BYTES.length));
        }
        peer.getOutputStream().write(BYTES[0]);
        assertEquals(BYTES[0], peer.getInputStream().read()); // both ways have begun to wait
        peer.getOutputStream().write(BYTES[1]);
        peer.setSoTimeout(100);
        assertThrows(SocketTimeoutException.class, () -> peer.getInputStream().read());
        proxy.clear();
        peer.setSoTimeout(5_000);
        assertEquals(BYTES[1], peer.getInputStream().read());
    }

    @Test
    void delays() throws IOException {
        proxy.weather().delay(10, 0);
        long start = System.nanoTime();
        echo();
        assertTrue(System.nanoTime() - start >= 20_000_000, "10 ms each way");
    }

    @Test
    void cutsAndRefusesUntilItIsCleared() throws IOException {
        echo();
        assertEquals(1, proxy.cut());
        assertEquals(0, proxy.breakAll());
        assertThrows(IOException.class, this::echoOrEnd);
        try (Socket refused = connect()) {
            assertThrows(
                    IOException.class,
                    () -> {
                        refused.getOutputStream().write(BYTES);
                        if (refused.getInputStream().read() < 0) {
                            throw new IOException("ended");
                        }
                    });
        }
        proxy.clear();
        try (Socket again = connect()) {
            again.getOutputStream().write(BYTES);
            assertArrayEquals(BYTES, again.getInputStream().readNBytes(BYTES.length));
        }
    }

    @Test
    void leavesThePeerOfALostNodeInSilence() throws IOException {
        echo();
        assertEquals(1, proxy.halfOpen());
        peer.getOutputStream().write(BYTES);
        peer.setSoTimeout(20);
        assertThrows(SocketTimeoutException.class, () -> peer.getInputStream().read());
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.2", proxy.endpoint().port());
        socket.setSoTimeout(5_000);
        return socket;
    }

    private byte[] echo() throws IOException {
        peer.getOutputStream().write(BYTES);
        return peer.getInputStream().readNBytes(BYTES.length);
    }

    private void echoOrEnd() throws IOException {
        if (echo().length < BYTES.length) {
            throw new IOException("ended");
        }
    }

    private static void awaitAtLeast(long least, LongSupplier count) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (count.getAsLong() < least) {
            assertTrue(System.nanoTime() < end, () -> count.getAsLong() + ", not " + least);
            Thread.sleep(5);
        }
    }

    private static int differentBits(byte[] echoed) {
        int bits = 0;
        for (int i = 0; i < BYTES.length; i++) {
            bits += Integer.bitCount((BYTES[i] ^ echoed[i]) & 0xff);
        }
        return bits;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual()
                        .start(() -> {
                            try (socket) {
                                socket.getInputStream().transferTo(socket.getOutputStream());
                            } catch (IOException e) {
                                // the proxy has ended it
                            }
                        });
            } catch (IOException e) {
                return; // closed
            }
        }
    }
}
