package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// Messages for which there is no memory.
@Timeout(20)
class UnsentTest {

    private static class Ignoring implements Receiver<GroupRequest> {
        @Override
        public void onMessage(GroupRequest message) {}

        @Override
        public void onComplete() {}

        @Override
        public void onFailure(CallException failure) {}
    }

    private static Rpc<GroupRequest, GroupResponse> withoutMemory() {
        MethodDescriptor<GroupRequest, GroupResponse> method = Rpcs.PROCESS.method();
        Marshaller<GroupResponse> marshaller = method.getResponseMarshaller();
        Marshaller<GroupResponse> full =
                new Marshaller<>() {
                    @Override
                    public InputStream stream(GroupResponse value) {
                        throw new OutOfMemoryError("test");
                    }

                    @Override
                    public GroupResponse parse(InputStream stream) {
                        return marshaller.parse(stream);
                    }
                };
        MethodDescriptor<GroupRequest, GroupResponse> meetingIt =
                method.toBuilder(method.getRequestMarshaller(), full).build();
        return new Rpc<>(
                ServiceDescriptor.newBuilder(Rpcs.PROCESS.service().getName())
                        .addMethod(meetingIt)
                        .build(),
                meetingIt,
                Rpcs.PROCESS.callers());
    }

    /// A call for which there is no memory either, the first time.
    private static final class Unended
            extends SimpleForwardingServerCall<GroupRequest, GroupResponse> {

        private final boolean isTakenForClosed;
        private final AtomicInteger attempts = new AtomicInteger();

        /// @param isTakenForClosed after the first time, as gRPC does
        Unended(ServerCall<GroupRequest, GroupResponse> call, boolean isTakenForClosed) {
            super(call);
            this.isTakenForClosed = isTakenForClosed;
        }

        @Override
        public void sendMessage(GroupResponse message) {
            throw new OutOfMemoryError("test");
        }

        @Override
        public void close(Status status, Metadata trailers) {
            if (attempts.getAndIncrement() == 0) {
                throw new OutOfMemoryError("test");
            }
            if (isTakenForClosed) {
                throw new IllegalStateException("call already closed");
            }
            super.close(status, trailers);
        }
    }

    static List<Consumer<Call<GroupResponse>>> attempts() {
        return List.of(
                call -> call.send(GroupResponse.getDefaultInstance()),
                Call::complete,
                call -> call.fail(new CallException(Kind.BUSY, "enough")));
    }

    @ParameterizedTest
    @MethodSource("attempts")
    void endTheirCallAtTheNextAttemptIfThatFailsToo(Consumer<Call<GroupResponse>> next)
            throws Exception {
        ServerCallHandler<GroupRequest, GroupResponse> handler =
                ServerSide.handler(call -> {
                    assertDoesNotThrow(() -> call.send(GroupResponse.getDefaultInstance()));
                    next.accept(call);
                    return new Ignoring();
                });
        io.grpc.Server server = serving(handler, false);
        try (Connection connection =
                        Connection.to(
                                new Endpoint("127.0.0.1", server.getPort()),
                                Security.loopbackOnly());
                Exchange<GroupRequest, GroupResponse> stream =
                        connection.exchange(Rpcs.PROCESS, Duration.ofSeconds(10))) {
            assertTrue(assertThrows(CallException.class, stream::next).isAnswer());
        } finally {
            server.shutdownNow();
        }
    }

    @ParameterizedTest
    @MethodSource("attempts")
    void resetTheirCallAtTheNextAttemptIfItIsTakenForClosed(Consumer<Call<GroupResponse>> next)
            throws Exception {
        CompletableFuture<CallException> told = new CompletableFuture<>();
        ServerCallHandler<GroupRequest, GroupResponse> handler =
                ServerSide.handler(call -> {
                    assertDoesNotThrow(() -> call.send(GroupResponse.getDefaultInstance()));
                    next.accept(call);
                    return new Ignoring() {
                        @Override
                        public void onFailure(CallException failure) {
                            told.complete(failure);
                        }
                    };
                });
        io.grpc.Server server = serving(handler, true);
        try (Connection connection =
                        Connection.to(
                                new Endpoint("127.0.0.1", server.getPort()),
                                Security.loopbackOnly());
                Exchange<GroupRequest, GroupResponse> stream =
                        connection.exchange(Rpcs.PROCESS, Duration.ofSeconds(10))) {
            CallException why = assertThrows(CallException.class, stream::next);
            assertNotEquals(Kind.TIMED_OUT, why.kind());
            assertEquals(
                    "internal error: java.lang.OutOfMemoryError: test", told.get().getMessage());
        } finally {
            server.shutdownNow();
        }
    }

    private static io.grpc.Server serving(
            ServerCallHandler<GroupRequest, GroupResponse> handler, boolean areTakenForClosed)
            throws IOException {
        return NettyServerBuilder.forPort(0)
                .addService(
                        ServerServiceDefinition.builder(Rpcs.PROCESS.service().getName())
                                .addMethod(
                                        Rpcs.PROCESS.method(),
                                        (call, headers) ->
                                                handler.startCall(
                                                        new Unended(call, areTakenForClosed),
                                                        headers))
                                .build())
                .build()
                .start();
    }

    @Test
    void endTheirCallAndNotWhoeverSends() throws Exception {
        CompletableFuture<CallException> told = new CompletableFuture<>();
        try (Server server =
                        Server.at(Servers.ANY, Security.loopbackOnly()).stream(
                                        withoutMemory(),
                                        call -> {
                                            assertDoesNotThrow(() ->
                                                    call.send(GroupResponse.getDefaultInstance()));
                                            call.request(1);
                                            return new Ignoring() {
                                                @Override
                                                public void onFailure(CallException failure) {
                                                    told.complete(failure);
                                                }
                                            };
                                        })
                                .start();
                Connection connection = Servers.to(server);
                Exchange<GroupRequest, GroupResponse> stream =
                        connection.exchange(Rpcs.PROCESS, Duration.ofSeconds(10))) {
            assertThrows(CallException.class, stream::next);
            assertEquals(
                    "internal error: java.lang.OutOfMemoryError: test", told.get().getMessage());
        }
    }
}
