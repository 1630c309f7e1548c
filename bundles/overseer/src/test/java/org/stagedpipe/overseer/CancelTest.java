package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.CancelGroupRequest;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.ListGroupsRequest;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// Groups that operators cancel.
class CancelTest {

    private static final ByteString GROUP = ByteString.copyFrom(new byte[16]);
    private static final NodeReport WITH_GROUP =
            NodeReport.newBuilder()
                    .setHeartbeat(
                            Heartbeat.newBuilder()
                                    .addGroups(GroupSummary.newBuilder().setGroup(GROUP)))
                    .build();
    private static final NodeReport WITHOUT_GROUP =
            NodeReport.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build();

    @TempDir private Path data;
    private final Nodes nodes =
            new Nodes(
                    new Nodes.Terms(
                            "o1", 1, Duration.ofSeconds(3), Duration.ofSeconds(1), List::of),
                    Set.of(),
                    System::nanoTime,
                    () -> 0);
    private final Hello hello = TestNode.hello("c1", Role.COORDINATOR).build();
    private final SentOrders orders = new SentOrders();

    @Test
    void aCoordinatorWhoseStreamIsBrokenIsToldWhenItComesBack() throws Exception {
        Node coordinator = nodes.join(hello, orders);
        nodes.report(coordinator, orders, WITH_GROUP);
        nodes.left(coordinator, orders, false, "cut");
        assertTrue(nodes.cancel(GROUP, "enough"));
        assertEquals(List.of("c1"), nodes.unreachableOwners(GROUP));

        SentOrders again = new SentOrders();
        nodes.join(hello, again);
        assertEquals(List.of("enough"), cancels(again));
        assertEquals(List.of(), nodes.unreachableOwners(GROUP));
    }

    @Test
    void itIsToldAgainWhileItListsTheGroup() throws Exception {
        Node coordinator = nodes.join(hello, orders);
        nodes.report(coordinator, orders, WITH_GROUP);
        nodes.cancel(GROUP, "enough");
        nodes.report(coordinator, orders, WITH_GROUP);
        assertEquals(List.of("enough", "enough"), cancels(orders));

        nodes.report(coordinator, orders, WITHOUT_GROUP);
        nodes.report(coordinator, orders, WITH_GROUP);
        assertEquals(2, cancels(orders).size());
        assertFalse(nodes.cancel(ByteString.copyFromUtf8("another"), "enough"));
    }

    @Test
    void anOperatorIsToldThatTheCoordinatorIsAway() throws Exception {
        try (TestOverseer cluster = TestOverseer.patient(data, 0)) {
            try (Connection connection =
                            Connection.to(cluster.overseer.nodesAt(), Security.loopbackOnly());
                    Exchange<NodeReport, NodeOrder> stream =
                            connection.exchange(Rpcs.SUBSCRIBE, Duration.ofSeconds(20))) {
                stream.send(NodeReport.newBuilder().setHello(hello).build());
                stream.send(WITH_GROUP);
                until(
                        "the group is known",
                        () ->
                                cluster.operator
                                                .ask(
                                                        Rpcs.LIST_GROUPS,
                                                        ListGroupsRequest.getDefaultInstance())
                                                .getGroupsCount()
                                        == 1);
            }
            until("the stream is broken", () -> cluster.state("c1").equals("lost"));
            CallException refused =
                    assertThrows(
                            CallException.class,
                            () ->
                                    cluster.operator.ask(
                                            Rpcs.CANCEL_GROUP,
                                            CancelGroupRequest.newBuilder()
                                                    .setGroup(GROUP)
                                                    .build()));
            assertEquals(Kind.REFUSED, refused.kind());
            assertTrue(
                    refused.getMessage()
                            .startsWith(
                                    "group "
                                            + "0".repeat(32)
                                            + " is not cancelled yet: c1 is not connected"),
                    refused.getMessage());
        }
    }

    private static List<String> cancels(SentOrders sent) {
        return sent.orders.stream()
                .filter(NodeOrder::hasCancelGroup)
                .map(order -> order.getCancelGroup().getReason())
                .toList();
    }
}
