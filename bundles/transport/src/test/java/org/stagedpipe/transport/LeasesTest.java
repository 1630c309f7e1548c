package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.transport.CallException.Kind;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

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
    void aWatcherThatThrowsKeepsNoOtherFromBeingTold() throws Exception {
        try (Leases leases = new Leases(Security.loopbackOnly(), TERM)) {
            Endpoint nobody;
            try (Server server = Server.at(Servers.ANY, Security.loopbackOnly()).start()) {
                nobody = server.endpoint();
            }
            CompletableFuture<CallException> lost = new CompletableFuture<>();
            leases.watch(
                    nobody,
                    why -> {
                        throw new IllegalStateException("test");
                    });
            leases.watch(nobody, lost::complete);

            assertEquals(Kind.UNREACHABLE, lost.get().kind());
        }
    }

    @Test
    void aPeerWhoseAnswersABugEndsIsLostAndAskedOverNewConnections() throws Exception {
        Set<Object> connections = ConcurrentHashMap.newKeySet();
        io.grpc.Server broken =
                NettyServerBuilder.forPort(0)
                        .addService(new HealthGrpc.HealthImplBase() {})
                        .intercept(
                                new ServerInterceptor() {
                                    @Override
                                    public <I, O> ServerCall.Listener<I> interceptCall(
                                            ServerCall<I, O> call,
                                            Metadata headers,
                                            ServerCallHandler<I, O> next) {
                                        connections.add(
                                                Objects.requireNonNull(
                                                        call.getAttributes()
                                                                .get(
                                                                        Grpc
                                                                                .TRANSPORT_ATTR_REMOTE_ADDR)));
                                        call.close(Status.INTERNAL, new Metadata());
                                        return new ServerCall.Listener<>() {};
                                    }
                                })
                        .build()
                        .start();
        try (Leases leases = new Leases(Security.loopbackOnly(), TERM.multipliedBy(20))) {
            for (int i = 0; i < 3 && connections.size() < 2; i++) { // where answers come too late
                connections.clear();
                CompletableFuture<CallException> lost = new CompletableFuture<>();
                leases.watch(new Endpoint("127.0.0.1", broken.getPort()), lost::complete);

                assertEquals(Kind.UNREACHABLE, lost.get().kind());
            }
            assertTrue(connections.size() > 1, connections.toString());
        } finally {
            broken.shutdownNow();
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
