package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.transport.CallException.Kind;

import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A server that ends all questions as INTERNAL, as gRPC does after a bug, or as one that says so itself.
@Timeout(20)
class BrokenChannelTest {

    private final Set<Object> connections = ConcurrentHashMap.newKeySet();
    private volatile Metadata trailers = new Metadata();
    private Server server;
    private Connection connection;

    @BeforeEach
    void open() throws Exception {
        server =
                NettyServerBuilder.forPort(0)
                        .addService(
                                ServerServiceDefinition.builder(Rpcs.DESCRIBE.service().getName())
                                        .addMethod(
                                                Rpcs.DESCRIBE.method(),
                                                (call, headers) -> refuse(call))
                                        .build())
                        .addService(
                                ServerServiceDefinition.builder(Rpcs.PROCESS.service().getName())
                                        .addMethod(
                                                Rpcs.PROCESS.method(),
                                                ServerSide.handler(BrokenChannelTest::echo))
                                        .build())
                        .build()
                        .start();
        connection =
                Connection.to(new Endpoint("127.0.0.1", server.getPort()), Security.loopbackOnly());
    }

    @AfterEach
    void close() {
        connection.close();
        server.shutdownNow();
    }

    private ServerCall.Listener<DescribeRequest> refuse(
            ServerCall<DescribeRequest, OverseerInfo> call) {
        connections.add(
                Objects.requireNonNull(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)));
        call.close(Status.INTERNAL, trailers);
        return new ServerCall.Listener<>() {};
    }

    private static Receiver<GroupRequest> echo(Call<GroupResponse> call) {
        call.request(1);
        return new Receiver<>() {
            @Override
            public void onMessage(GroupRequest message) {
                call.send(GroupResponse.getDefaultInstance());
                call.request(1);
            }

            @Override
            public void onComplete() {
                call.complete();
            }

            @Override
            public void onFailure(CallException failure) {}
        };
    }

    private CallException ask() {
        CallException why =
                assertThrows(
                        CallException.class,
                        () ->
                                connection.call(
                                        Rpcs.DESCRIBE,
                                        DescribeRequest.getDefaultInstance(),
                                        Duration.ofSeconds(10)));
        assertEquals(Kind.INTERNAL, why.kind());
        return why;
    }

    @Test
    void isLeftByTheNextCallAndCarriesThoseUnderWay() throws Exception {
        try (Exchange<GroupRequest, GroupResponse> stream =
                connection.exchange(Rpcs.PROCESS, null)) {
            stream.send(GroupRequest.getDefaultInstance());
            assertNotNull(stream.next());
            for (int asked = 1; asked <= 3; asked++) {
                assertFalse(ask().isAnswer());
                assertEquals(asked, connections.size());
            }
            stream.send(GroupRequest.getDefaultInstance());
            assertNotNull(stream.next());

            connection.close();
            assertThrows(CallException.class, stream::next);
        }
    }

    @Test
    void isLeftAlsoAfterAStream() throws Exception {
        for (int asked = 1; asked <= 2; asked++) {
            try (Exchange<DescribeRequest, OverseerInfo> stream =
                    connection.exchange(Rpcs.DESCRIBE, null)) {
                stream.begin(DescribeRequest.getDefaultInstance());
                stream.complete();
                assertThrows(CallException.class, stream::next);
            }
            assertEquals(asked, connections.size());
        }
    }

    @Test
    void isOpenUntilTheNextOneIsLeftForWhoeverHadTakenIt() {
        List<ManagedChannel> channels = new ArrayList<>();
        Endpoint peer = connection.peer();
        connection.close();
        connection =
                new Connection(
                        peer,
                        () -> {
                            channels.add(
                                    NettyChannelBuilder.forAddress(peer.host(), peer.port())
                                            .usePlaintext()
                                            .build());
                            return channels.getLast();
                        },
                        Security.loopbackOnly());
        ask();
        ask();
        assertEquals(2, channels.size());
        assertFalse(channels.getFirst().isShutdown());
        ask();
        assertTrue(channels.getFirst().isShutdown());
        connection.close();
        assertTrue(channels.stream().allMatch(ManagedChannel::isShutdown));
    }

    @Test
    void isLeftAfterAnError() {
        trailers = Statuses.said();
        assertTrue(ask().isAnswer());
        assertThrows(
                OutOfMemoryError.class,
                () ->
                        connection.call(
                                withoutMemory(),
                                DescribeRequest.getDefaultInstance(),
                                Duration.ofSeconds(10)));
        ask();
        assertEquals(2, connections.size());
    }

    @Test
    void isWholeIfTheServerSaysInternalItself() throws Exception {
        trailers = Statuses.said();
        for (int asked = 0; asked < 3; asked++) {
            assertTrue(ask().isAnswer());
        }
        try (Exchange<DescribeRequest, OverseerInfo> stream =
                connection.exchange(Rpcs.DESCRIBE, null)) {
            stream.begin(DescribeRequest.getDefaultInstance());
            stream.complete();
            assertTrue(assertThrows(CallException.class, stream::next).isAnswer());
        }
        assertEquals(1, connections.size());
    }

    private static Rpc<DescribeRequest, OverseerInfo> withoutMemory() {
        Marshaller<DescribeRequest> full =
                new Marshaller<>() {
                    @Override
                    public InputStream stream(DescribeRequest value) {
                        throw new OutOfMemoryError("test");
                    }

                    @Override
                    public DescribeRequest parse(InputStream stream) {
                        throw new AssertionError("a client reads no requests");
                    }
                };
        return new Rpc<>(
                Rpcs.DESCRIBE.service(),
                Rpcs.DESCRIBE.method().toBuilder(
                                full, Rpcs.DESCRIBE.method().getResponseMarshaller())
                        .build(),
                Rpcs.DESCRIBE.callers());
    }
}
