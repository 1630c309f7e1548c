package org.stagedpipe.transport.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.WorkerEntry;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

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

    private final List<String> losses = new CopyOnWriteArrayList<>();

    @Test
    void theNodeComesBackInLongerAndLongerPauses() throws Exception {
        Orders orders =
                new Orders() {
                    @Override
                    public void lost(String why) {
                        losses.add(why);
                    }
                };
        try (TestOverseer overseer = new TestOverseer(new Endpoint("127.0.0.1", 0), 1);
                Membership membership =
                        new Membership(
                                Hello.newBuilder().setName("c1").build(),
                                Overseers.of(List.of(overseer.endpoint())),
                                Security.loopbackOnly(),
                                Heartbeat::getDefaultInstance,
                                orders)) {
            membership.open();
            overseer.members.take().send(TOO_LARGE);
            long before = 0;
            for (int i = 1; i < RETURNS; i++) {
                Exchange<NodeOrder, NodeReport> member = overseer.members.take();
                before = System.nanoTime();
                member.close(); // the same at once: how long it takes does not count
            }
            overseer.members.take();
            long pauseMs = (System.nanoTime() - before) / 1_000_000;
            assertTrue(pauseMs > 400, "came back after " + pauseMs + " ms");
            assertTrue(losses.getFirst().contains("exceeds maximum size"), losses.getFirst());
        }
    }
}
