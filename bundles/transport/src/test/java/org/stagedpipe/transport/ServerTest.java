package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.BlockingClientCall;
import io.grpc.stub.MetadataUtils;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.transport.CallException.Kind;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

@Timeout(20)
class ServerTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final DescribeRequest REQUEST = DescribeRequest.getDefaultInstance();
    private static final OverseerInfo ANSWER = OverseerInfo.newBuilder().setName("o1").build();

    @Test
    void answersUnaryCalls() throws Exception {
        try (Server server = Servers.describing(request -> ANSWER);
                Connection connection = Servers.to(server)) {
            for (int i = 0; i < 100; i++) {
                assertEquals(ANSWER, connection.call(Rpcs.DESCRIBE, REQUEST, TIMEOUT));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void givesTheCallerTheKindAndTheText(Kind kind) throws Exception {
        try (Server server =
                        Servers.describing(request -> {
                            throw new CallException(kind, "100 % of \"größe\":\nlost");
                        });
                Connection connection = Servers.to(server)) {
            CallException e = failure(connection);

            assertEquals(kind, e.kind());
            assertEquals("100 % of \"größe\":\nlost", e.getMessage());
        }
    }

    @Test
    void givesTheCallerALongTextThatIsNotAscii() throws Exception {
        try (Server server =
                        Servers.describing(request -> {
                            throw new CallException(Kind.REFUSED, "ü".repeat(100_000));
                        });
                Connection connection = Servers.to(server)) {
            CallException e = failure(connection);

            assertEquals(Kind.REFUSED, e.kind());
            assertEquals("ü".repeat(1_024) + "…", e.getMessage());
        }
    }

    @Test
    void endsTheCallWhenItsHandlerHasABug() throws Exception {
        try (Server server =
                        Servers.describing(request -> {
                            throw new NoClassDefFoundError("org/example/Missing");
                        });
                Connection connection = Servers.to(server)) {
            CallException e = failure(connection);

            assertEquals(Kind.INTERNAL, e.kind());
            assertEquals(
                    "internal error: java.lang.NoClassDefFoundError: org/example/Missing",
                    e.getMessage());
        }
    }

    @Test
    void endsAConnectionThatResetsItsCallsOverAndOver() throws Exception {
        BlockingQueue<Boolean> opened = new LinkedBlockingQueue<>();
        try (Server server = telling(opened).maxResets(10).start()) {
            ManagedChannel channel = channel(server);
            try {
                for (int i = 0; i < 10; i++) {
                    reset(channel, opened);
                }
                assertEquals(ConnectivityState.READY, channel.getState(false));
                CountDownLatch ended = new CountDownLatch(1);
                channel.notifyWhenStateChanged(ConnectivityState.READY, ended::countDown);
                reset(channel, opened);
                assertTrue(ended.await(10, TimeUnit.SECONDS), "it goes on");
            } finally {
                channel.shutdownNow();
            }
        }
    }

    /// A worker's: one connection has the parts of all groups of a coordinator.
    @Test
    void takesAsManyResetsAsComeWhereNobodySaysHowMany() throws Exception {
        BlockingQueue<Boolean> opened = new LinkedBlockingQueue<>();
        try (Server server = telling(opened).maxCalls(5).start()) {
            ManagedChannel channel = channel(server);
            try {
                reset(channel, opened);
                CountDownLatch ended = new CountDownLatch(1);
                channel.notifyWhenStateChanged(ConnectivityState.READY, ended::countDown);
                for (int i = 0; i < 300; i++) {
                    reset(channel, opened);
                }
                assertEquals(1, ended.getCount());
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private static Server.Builder telling(BlockingQueue<Boolean> opened) {
        return Server.at(Servers.ANY, Security.loopbackOnly())
                .exchange(
                        Rpcs.PROCESS,
                        exchange -> {
                            opened.add(true);
                            exchange.next();
                        });
    }

    private static void reset(ManagedChannel channel, BlockingQueue<Boolean> opened)
            throws Exception {
        ClientCall<GroupRequest, GroupResponse> call =
                channel.newCall(Rpcs.PROCESS.method(), CallOptions.DEFAULT);
        CountDownLatch closed = new CountDownLatch(1);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        closed.countDown();
                    }
                },
                new Metadata());
        assertNotNull(opened.poll(10, TimeUnit.SECONDS), "it has not come");
        call.cancel("enough", null);
        closed.await();
    }

    @Test
    void takesMetadataOf16KiBAndNoMore() throws Exception {
        try (Server server = Servers.describing(request -> ANSWER)) {
            ManagedChannel channel = channel(server);
            try {
                server.serving(true);
                assertEquals(ServingStatus.SERVING, check(channel, 15 << 10));
                assertThrows(StatusRuntimeException.class, () -> check(channel, 20 << 10));
                assertEquals(ServingStatus.SERVING, check(channel, 0), "others go on");
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private static ServingStatus check(ManagedChannel channel, int metadataBytes) {
        Metadata metadata = new Metadata();
        metadata.put(
                Metadata.Key.of("x", Metadata.ASCII_STRING_MARSHALLER), "x".repeat(metadataBytes));
        return HealthGrpc.newBlockingStub(
                        ClientInterceptors.intercept(
                                channel, MetadataUtils.newAttachHeadersInterceptor(metadata)))
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus();
    }

    private static ManagedChannel channel(Server server) {
        return NettyChannelBuilder.forAddress(server.endpoint().host(), server.endpoint().port())
                .usePlaintext()
                .build();
    }

    @Test
    void takesNoMoreCallsOfAConnectionThanItMay() throws Exception {
        ExchangeHandler<GroupRequest, GroupResponse> untilItsEnd =
                exchange -> {
                    exchange.send(GroupResponse.getDefaultInstance());
                    exchange.next();
                };
        try (Server server =
                        Server.at(Servers.ANY, Security.loopbackOnly())
                                .maxCalls(2)
                                .exchange(Rpcs.PROCESS, untilItsEnd)
                                .start();
                Connection connection = Servers.to(server);
                Connection other = Servers.to(server)) {
            Exchange<GroupRequest, GroupResponse> first =
                    connection.exchange(Rpcs.PROCESS, TIMEOUT);
            assertNotNull(first.next()); // it is connected: from now on calls keep their order
            assertNotNull(connection.exchange(Rpcs.PROCESS, TIMEOUT).next());
            Exchange<GroupRequest, GroupResponse> third =
                    connection.exchange(Rpcs.PROCESS, TIMEOUT);
            assertNotNull(other.exchange(Rpcs.PROCESS, TIMEOUT).next());
            CallException waits =
                    assertThrows(CallException.class, () -> third.next(Duration.ofMillis(50)));
            assertEquals(Kind.TIMED_OUT, waits.kind());
            first.complete();
            assertNotNull(third.next());
        }
    }

    @Test
    void saysThatThePortIsInUse() throws Exception {
        try (Server server = Servers.describing(request -> ANSWER)) {
            int port = server.endpoint().port();

            CallException e =
                    assertThrows(
                            CallException.class,
                            () ->
                                    Server.at(
                                                    new Endpoint("127.0.0.1", port),
                                                    Security.loopbackOnly())
                                            .start());

            assertEquals(Kind.BUSY, e.kind());
            assertEquals(
                    "port "
                            + port
                            + " on 127.0.0.1 is in use (expected: a free port, or 0 for any)",
                    e.getMessage());
        }
    }

    @Test
    void refusesAnOpenAddressWithoutTls() {
        assertEquals(
                "cannot listen on 0.0.0.0:0 without TLS (expected: a loopback address, or"
                        + " tlsCertificate, tlsKey and tlsAuthorities)",
                cannotStart(new Endpoint("0.0.0.0", 0), Security.loopbackOnly()));
        assertEquals(
                "cannot listen on no.such.host.invalid:0: the host has no address",
                cannotStart(new Endpoint("no.such.host.invalid", 0), Security.loopbackOnly()));
    }

    @Test
    void refusesTlsFilesThatHoldSomethingElse(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("x.pem"), "nothing");
        Security security = Security.tls(file, file, file);

        String text = cannotStart(Servers.ANY, security);
        assertTrue(text.startsWith("TLS files cannot be used: "), text);
        String other =
                String.valueOf(
                        assertThrows(
                                        IllegalArgumentException.class,
                                        () -> Connection.to(Servers.ANY, security))
                                .getMessage());
        assertTrue(other.startsWith("TLS files cannot be used: "), other);
        assertEquals(
                "TLS file: " + folder.resolve("y.pem") + " (expected: a readable PEM file)",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Security.tls(file, file, folder.resolve("y.pem")))
                        .getMessage());
    }

    @Test
    void namesTheAddressWhereNobodyListens() throws Exception {
        Endpoint gone;
        try (Server server = Servers.describing(request -> ANSWER)) {
            gone = server.endpoint();
        }
        try (Connection connection = Connection.to(gone, Security.loopbackOnly())) {
            CallException e = failure(connection);

            assertEquals(Kind.UNREACHABLE, e.kind());
            assertTrue(e.getMessage().startsWith(gone + ": "), e.getMessage());
            assertTrue(e.getMessage().endsWith("Connection refused"), e.getMessage());
        }
    }

    @Test
    void triesAgainAtEachCallAfterALoss() throws Exception {
        Server first = Servers.describing(request -> ANSWER);
        Endpoint endpoint = first.endpoint();
        try (Connection connection = Servers.to(first)) {
            connection.call(Rpcs.DESCRIBE, REQUEST, TIMEOUT);
            first.close();
            for (int i = 0; i < 20; i++) { // gRPC's own pauses would be long by now
                assertEquals(Kind.UNREACHABLE, failure(connection).kind());
            }
            try (Server second =
                    Servers.overseer(
                                    endpoint,
                                    Security.loopbackOnly(),
                                    request -> ANSWER,
                                    subscription -> {})
                            .start()) {
                assertEquals(endpoint, second.endpoint());
                assertEquals(ANSWER, inAFewTries(connection));
            }
        }
    }

    /// The first ones may share an attempt to connect that began before, as long as its thread does not come to say that it is
    /// over. As a rule all tries together take less than gRPC's first pause.
    private static OverseerInfo inAFewTries(Connection connection) throws Exception {
        for (int tries = 1; ; tries++) {
            try {
                return connection.call(Rpcs.DESCRIBE, REQUEST, TIMEOUT);
            } catch (CallException e) {
                if (tries == 10) {
                    throw e;
                }
                Thread.sleep(20);
            }
        }
    }

    @Test
    void endsACallWhoseAnswerDoesNotComeInTime() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (Server server =
                        Servers.describing(request -> {
                            never.await();
                            return ANSWER;
                        });
                Connection connection = Servers.to(server)) {
            CallException e =
                    assertThrows(
                            CallException.class,
                            () -> connection.call(Rpcs.DESCRIBE, REQUEST, Duration.ofMillis(50)));

            assertEquals(Kind.TIMED_OUT, e.kind());
            assertEquals(server.endpoint() + ": no answer in time", e.getMessage());
        }
    }

    @Test
    void endsACallThatIsInterrupted() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        try (Server server =
                        Servers.describing(request -> {
                            reached.countDown();
                            never.await();
                            return ANSWER;
                        });
                Connection connection = Servers.to(server)) {
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            Thread caller =
                    Thread.startVirtualThread(() ->
                            thrown.complete(
                                    assertThrows(
                                            InterruptedException.class,
                                            () ->
                                                    connection.call(
                                                            Rpcs.DESCRIBE, REQUEST, TIMEOUT))));
            reached.await();
            caller.interrupt();

            assertEquals(InterruptedException.class, thrown.get().getClass());
        }
    }

    @Test
    void interruptsItsHandlersWhenItCloses() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Server server =
                Servers.describing(request -> {
                    reached.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.complete(true);
                        throw e;
                    }
                    return ANSWER;
                });
        try (Connection connection = Servers.to(server)) {
            CompletableFuture<CallException> failure =
                    CompletableFuture.supplyAsync(() -> failure(connection));
            reached.await();
            server.close();

            assertTrue(interrupted.get());
            assertEquals(Kind.UNREACHABLE, failure.get().kind());
        }
    }

    @Test
    void waitsForOpenCallsAsLongAsItIsTold() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Server server =
                Servers.describing(request -> {
                    reached.countDown();
                    release.await();
                    return ANSWER;
                });
        try (Connection connection = Servers.to(server)) {
            CompletableFuture<OverseerInfo> answer =
                    CompletableFuture.supplyAsync(() -> {
                        try {
                            return connection.call(Rpcs.DESCRIBE, REQUEST, TIMEOUT);
                        } catch (CallException | InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    });
            reached.await();
            Thread closing = Thread.startVirtualThread(() -> server.close(TIMEOUT));
            release.countDown();

            assertEquals(ANSWER, answer.get());
            closing.join();
        }
    }

    @Test
    void answersHealthAndReflection() throws Exception {
        try (Server server = Servers.describing(request -> ANSWER)) {
            ManagedChannel channel =
                    NettyChannelBuilder.forAddress("127.0.0.1", server.endpoint().port())
                            .usePlaintext()
                            .build();
            try {
                server.serving(true);
                assertEquals(ServingStatus.SERVING, health(channel));
                server.serving(false);
                assertEquals(ServingStatus.NOT_SERVING, health(channel));
                List<String> services = services(channel);
                assertTrue(services.contains("stagedpipe.v1.Overseer"), services.toString());
                assertTrue(services.contains("grpc.health.v1.Health"), services.toString());
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private static ServingStatus health(ManagedChannel channel) {
        return HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus();
    }

    private static List<String> services(ManagedChannel channel) throws Exception {
        BlockingClientCall<ServerReflectionRequest, ServerReflectionResponse> call =
                ServerReflectionGrpc.newBlockingV2Stub(channel).serverReflectionInfo();
        call.write(ServerReflectionRequest.newBuilder().setListServices("").build());
        List<String> services =
                call.read().getListServicesResponse().getServiceList().stream()
                        .map(ServiceResponse::getName)
                        .toList();
        call.halfClose();
        return services;
    }

    private static CallException failure(Connection connection) {
        return assertThrows(
                CallException.class, () -> connection.call(Rpcs.DESCRIBE, REQUEST, TIMEOUT));
    }

    private static String cannotStart(Endpoint listen, Security security) {
        CallException e =
                assertThrows(CallException.class, () -> Server.at(listen, security).start());
        assertEquals(Kind.INVALID, e.kind());
        return e.getMessage();
    }
}
