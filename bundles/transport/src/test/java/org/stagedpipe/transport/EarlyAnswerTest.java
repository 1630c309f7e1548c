package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishRequest;
import org.stagedpipe.protocol.v1.RollbackRequest;

import java.time.Duration;

/// Calls that a server answers before it has read everything, or that send one message only.
class EarlyAnswerTest {

    private static final PublishRequest CHUNK =
            PublishRequest.newBuilder().setData(ByteString.copyFrom(new byte[256 << 10])).build();

    @Test
    @Timeout(20)
    void sendingEndsWhenTheServerHasEndedTheCallWell() throws Exception {
        try (Server server = answering();
                Connection connection = Connection.to(server.endpoint(), Security.loopbackOnly());
                Exchange<PublishRequest, Progress> exchange =
                        connection.exchange(Rpcs.PUBLISH, Duration.ofMinutes(1))) {
            for (int i = 0; i < 400; i++) {
                exchange.send(CHUNK);
            }
            exchange.complete();
            Progress answer = exchange.next();
            assertNotNull(answer);
            assertEquals("known already", answer.getText());
            assertNull(exchange.next());
        }
    }

    @Test
    @Timeout(20)
    void oneRequestGoesOutBeforeTheConnectionStands() throws Exception {
        try (Server server = answering();
                Connection connection = Connection.to(server.endpoint(), Security.loopbackOnly());
                Exchange<RollbackRequest, Progress> exchange =
                        connection.exchange(Rpcs.ROLLBACK, Duration.ofMinutes(1))) {
            exchange.send(RollbackRequest.getDefaultInstance());
            exchange.complete();
            CallException refused = assertThrows(CallException.class, exchange::next);
            assertEquals("nothing here", refused.getMessage());
        }
    }

    private static Server answering() throws CallException {
        UnaryHandler<Object, Object> none =
                request -> {
                    throw new CallException(CallException.Kind.NOT_FOUND, "nothing here");
                };
        Server.Builder builder =
                Server.at(new Endpoint("127.0.0.1", 0), Security.loopbackOnly())
                        .exchange(
                                Rpcs.PUBLISH,
                                exchange ->
                                        exchange.send(
                                                Progress.newBuilder()
                                                        .setText("known already")
                                                        .build()));
        for (Rpc<?, ?> rpc : Rpcs.all()) {
            if (rpc != Rpcs.PUBLISH && rpc.service() == Rpcs.PUBLISH.service()) {
                add(builder, rpc, none);
            }
        }
        return builder.start();
    }

    @SuppressWarnings("unchecked") // it never looks at what it gets, and answers nothing
    private static <I, O> void add(
            Server.Builder builder, Rpc<I, O> rpc, UnaryHandler<?, ?> handler) {
        builder.unary(rpc, (UnaryHandler<I, O>) handler);
    }
}
