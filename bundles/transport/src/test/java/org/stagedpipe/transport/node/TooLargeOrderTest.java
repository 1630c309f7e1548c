package org.stagedpipe.transport.node;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.protocol.v1.Welcome;
import org.stagedpipe.protocol.v1.WorkerEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;
import org.stagedpipe.transport.Servers;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// An overseer whose view is larger than nodes take.
@Timeout(20)
class TooLargeOrderTest {

    private static final int RETURNS = 5; // in 0.1, 0.2, 0.4, 0.8 and 1 s, or a quarter less
    private static final NodeOrder TOO_LARGE =
            NodeOrder.newBuilder()
                    .setClusterView(
                            ClusterView.newBuilder()
                                    .addWorkers(
                                            WorkerEntry.newBuilder()
                                                    .setName("w".repeat(Rpcs.MAX_MESSAGE_BYTES))))
                    .build();

    private final List<Long> comings = new CopyOnWriteArrayList<>(); // by nanoTime
    private final List<String> losses = new CopyOnWriteArrayList<>();

    private void attend(Exchange<NodeOrder, NodeReport> stream)
            throws CallException, InterruptedException {
        assertNotNull(stream.next());
        comings.add(System.nanoTime());
        stream.send(
                NodeOrder.newBuilder()
                        .setWelcome(
                                Welcome.newBuilder()
                                        .setEpoch(1)
                                        .setHeartbeatMs(1_000)
                                        .setLeaseMs(3_000))
                        .build());
        if (comings.size() > 1) { // the same at once: how long it takes does not count
            throw new CallException(CallException.Kind.BUSY, "too large");
        }
        stream.send(TOO_LARGE);
        while (stream.next() != null) {
            Thread.onSpinWait();
        }
    }

    @Test
    void theNodeComesBackInLongerAndLongerPauses() throws Exception {
        Orders orders =
                new Orders() {
                    @Override
                    public void lost(String why) {
                        losses.add(why);
                    }
                };
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
                                Heartbeat::getDefaultInstance,
                                orders)) {
            membership.open();
            while (comings.size() <= RETURNS) { // the test has a timeout
                Thread.sleep(5);
            }
            long pauseMs = (comings.get(RETURNS) - comings.get(RETURNS - 1)) / 1_000_000;
            assertTrue(pauseMs > 600, "came back after " + pauseMs + " ms");
            assertTrue(losses.getFirst().contains("exceeds maximum size"), losses.getFirst());
        }
    }
}
