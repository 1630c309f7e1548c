package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.transport.CallException.Kind;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/// Peers that live, end, or only keep their port.
@Timeout(20)
class LeasesTest {

    private static final Duration TERM = Duration.ofMillis(150);

    @Test
    void aPeerThatTakesConnectionsAndAnswersNothingIsLost() throws Exception {
        try (ServerSocket frozen = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Leases leases = new Leases(Security.loopbackOnly(), TERM)) {
            Endpoint peer = new Endpoint("127.0.0.1", frozen.getLocalPort());
            CompletableFuture<CallException> lost = new CompletableFuture<>();
            long start = System.nanoTime();
            leases.watch(peer, lost::complete);

            CallException why = lost.get();
            assertTrue(System.nanoTime() - start >= TERM.toNanos(), "before its term was over");
            assertEquals(Kind.UNREACHABLE, why.kind());
            assertEquals(peer + " gave no sign of life for 150 ms", why.getMessage());
        }
    }

    @Test
    void allWatchersOfAPeerThatEndsAreTold() throws Exception {
        Server server = Server.at(new Endpoint("127.0.0.1", 0), Security.loopbackOnly()).start();
        try (Leases leases = new Leases(Security.loopbackOnly(), TERM)) {
            CompletableFuture<CallException> one = new CompletableFuture<>();
            CompletableFuture<CallException> other = new CompletableFuture<>();
            CompletableFuture<CallException> gone = new CompletableFuture<>();
            leases.watch(server.endpoint(), one::complete);
            leases.watch(server.endpoint(), other::complete);
            leases.watch(server.endpoint(), gone::complete).close();
            server.close();

            assertEquals(Kind.UNREACHABLE, one.get().kind());
            assertEquals(Kind.UNREACHABLE, other.get().kind());
            assertFalse(gone.isDone(), "a watcher that has left");
        }
    }

    @Test
    void aPeerThatCannotEvenBeAskedIsLost(@TempDir Path folder) throws Exception {
        Path garbage = Files.writeString(folder.resolve("x.pem"), "nothing");
        try (Leases leases = new Leases(Security.tls(garbage, garbage, garbage), TERM)) {
            CompletableFuture<CallException> lost = new CompletableFuture<>();
            leases.watch(Servers.ANY, lost::complete);

            assertEquals(Kind.UNREACHABLE, lost.get().kind());
        }
    }
}
