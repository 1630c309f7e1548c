package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/// What is known of the members.
class NodesTest {

    private static final Duration LEASE = Duration.ofMillis(20);

    private final AtomicLong nanos = new AtomicLong();
    private final Nodes nodes =
            new Nodes(
                    new Nodes.Terms("o1", 1, LEASE, LEASE.dividedBy(2), List::of),
                    Set.of(),
                    nanos::get,
                    () -> 0);
    private final SentOrders orders = new SentOrders();

    @Test
    void whatTheMembersUseIsKnownOnceEachHasSentAHeartbeat() throws Exception {
        nanos.addAndGet(LEASE.multipliedBy(3).toNanos());
        Node node = nodes.join(TestNode.hello("c1", Role.COORDINATOR).build(), orders);
        CallException refused = assertThrows(CallException.class, nodes::awaitHeartbeats);
        assertEquals(Kind.REFUSED, refused.kind());
        assertEquals(
                "c1: has not said yet what it uses (expected: a heartbeat of each node; try again)",
                refused.getMessage());
        beat(node);
        nodes.awaitHeartbeats();
    }

    @Test
    void aMemberThatReadsNothingIsSentNothingMoreAndEnds() throws Exception {
        Node node = nodes.join(TestNode.hello("c1", Role.COORDINATOR).build(), orders);
        beat(node);
        assertEquals(2, orders.answers);
        orders.ready = false;
        for (int lease = 0; lease < 10; lease++) {
            beat(node);
            nanos.addAndGet(LEASE.toNanos());
        }
        orders.ready = true; // a slow line is not the end
        beat(node);
        assertEquals(3, orders.answers);

        orders.ready = false;
        for (int lease = 0; lease <= 10; lease++) {
            beat(node);
            nanos.addAndGet(LEASE.toNanos());
        }
        assertEquals(
                "c1 reads no orders",
                assertThrows(CallException.class, () -> beat(node)).getMessage());
        assertEquals(3, orders.answers);
    }

    private void beat(Node node) throws CallException {
        nodes.report(
                node,
                orders,
                NodeReport.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build());
    }
}
