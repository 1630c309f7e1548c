package org.stagedpipe.transport.node;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.protocol.v1.Welcome;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;
import org.stagedpipe.transport.Servers;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/// Heartbeats that are not sent.
@Timeout(20)
class HeartbeatTest {

    private final CompletableFuture<NodeReport> heard = new CompletableFuture<>();

    private void attend(Exchange<NodeOrder, NodeReport> stream)
            throws CallException, InterruptedException {
        assertNotNull(stream.next());
        stream.send(
                NodeOrder.newBuilder()
                        .setWelcome(Welcome.newBuilder().setEpoch(1).setHeartbeatMs(1))
                        .build());
        heard.complete(stream.next());
        while (stream.next() != null) {
            Thread.onSpinWait();
        }
    }

    @Test
    @SuppressWarnings("NullAway") // none can be made of it
    void theNextOnesAre() throws Exception {
        AtomicInteger beats = new AtomicInteger();
        try (Server overseer =
                        Servers.overseer(
                                        new Endpoint("127.0.0.1", 0),
                                        Security.loopbackOnly(),
                                        request -> OverseerInfo.getDefaultInstance(),
                                        this::attend)
                                .start();
                Membership membership =
                        new Membership(
                                Hello.newBuilder().setName("c1").build(),
                                Overseers.of(List.of(overseer.endpoint())),
                                Security.loopbackOnly(),
                                () ->
                                        beats.getAndIncrement() == 0
                                                ? null
                                                : Heartbeat.getDefaultInstance(),
                                new Orders() {})) {
            membership.open();
            heard.get();
        }
    }
}
