package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServiceDescriptor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;

import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/// Messages for which there is no memory.
@Timeout(20)
class UnsentTest {

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
                                            return new Receiver<>() {
                                                @Override
                                                public void onMessage(GroupRequest message) {}

                                                @Override
                                                public void onComplete() {}

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
