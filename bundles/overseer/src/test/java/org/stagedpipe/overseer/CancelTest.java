package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.Cancellation;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

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

    private static final String ID = "0".repeat(32);
    private static final Duration LEASE = Duration.ofSeconds(3);

    @TempDir private Path data;
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicLong wallMs = new AtomicLong(1_000);
    private final Nodes nodes =
            new Nodes(
                    new Nodes.Terms("o1", 1, LEASE, Duration.ofSeconds(1), List::of),
                    Set.of(),
                    nanos::get,
                    wallMs::get);
    private final Hello hello = TestNode.hello("c1", Role.COORDINATOR).build();
    private final SentOrders orders = new SentOrders();
    private Store store;
    private Cancels cancels;

    @BeforeEach
    void open() {
        store = new EnsembleStore(InMemoryEnsembles.usurp(data.resolve("alone").toString()));
        cancels = new Cancels(store, nodes, wallMs::get);
    }

    @Test
    void aCoordinatorWhoseStreamIsBrokenIsToldWhenItComesBack() throws Exception {
        Node coordinator = nodes.join(hello, orders);
        nodes.report(coordinator, orders, WITH_GROUP);
        nodes.left(coordinator, orders, false, "cut");
        assertTrue(nodes.isListed(GROUP));
        cancels.order(GROUP, "enough");
        assertEquals(List.of("c1"), nodes.unreachableOwners(GROUP));

        SentOrders again = new SentOrders();
        nodes.join(hello, again);
        assertEquals(List.of("enough"), cancels(again));
        assertEquals(List.of(), nodes.unreachableOwners(GROUP));
    }

    /// Whoever is told that it is not there takes it for ended.
    @Test
    void aGroupMayBeOnACoordinatorThatIsStillToCome() throws Exception {
        Duration within = Duration.ofMillis(10);
        CallException early =
                assertThrows(CallException.class, () -> nodes.awaitListed(GROUP, within));
        assertEquals(Kind.REFUSED, early.kind());
        assertTrue(early.getMessage().contains("on their way"), early.getMessage());
        nanos.addAndGet(LEASE.multipliedBy(2).toNanos());
        assertFalse(nodes.awaitListed(GROUP, within));
        nodes.report(nodes.join(hello, orders), orders, WITH_GROUP);
        assertTrue(nodes.awaitListed(GROUP, within));
        nodes.close();
        CallException late =
                assertThrows(CallException.class, () -> nodes.awaitListed(GROUP, within));
        assertEquals(Kind.UNREACHABLE, late.kind());
    }

    @Test
    void itIsToldAgainWhileItListsTheGroup() throws Exception {
        Node coordinator = nodes.join(hello, orders);
        nodes.report(coordinator, orders, WITH_GROUP);
        cancels.order(GROUP, "enough\nof it");
        nodes.report(coordinator, orders, WITH_GROUP);
        assertEquals(List.of("enough of it", "enough of it"), cancels(orders));

        idle(coordinator, orders, Duration.ofSeconds(75)); // the client's stream had only broken
        nodes.report(coordinator, orders, WITH_GROUP);
        assertEquals(3, cancels(orders).size());

        idle(coordinator, orders, CancelOrders.UNLISTED);
        assertEquals(1, nodes.cancellations().size());
        pass(Duration.ofMillis(1));
        assertEquals(List.of(), nodes.cancellations());
        nodes.report(coordinator, orders, WITH_GROUP); // the order is over
        assertEquals(3, cancels(orders).size());
        assertFalse(nodes.isListed(ByteString.copyFromUtf8("another")));
    }

    @Test
    void whereverTheGroupComesUpItIsEndedUntilItEnds() throws Exception {
        Node first = nodes.join(hello, orders);
        nodes.report(first, orders, WITH_GROUP);
        cancels.order(GROUP, "enough");
        pass(LEASE.plusMillis(1)); // the lease of c1 ends
        assertFalse(nodes.isMember(first));

        SentOrders elsewhere = new SentOrders();
        Node second = nodes.join(TestNode.hello("c2", Role.COORDINATOR).build(), elsewhere);
        nodes.report(second, elsewhere, WITHOUT_GROUP); // it ended nothing
        pass(LEASE);
        nodes.report(second, elsewhere, WITH_GROUP); // the client has come
        assertEquals(List.of("enough"), cancels(elsewhere));

        nodes.report(second, elsewhere, WITHOUT_GROUP);
        SentOrders third = new SentOrders();
        Node last = nodes.join(TestNode.hello("c3", Role.COORDINATOR).build(), third);
        nodes.report(last, third, WITH_GROUP); // it was on its way there meanwhile
        assertEquals(List.of("enough"), cancels(third));
        idle(last, third, CancelOrders.UNLISTED);
        assertEquals(1, nodes.cancellations().size());
        pass(Duration.ofMillis(1));
        assertEquals(List.of(), nodes.cancellations());
    }

    @Test
    void anOrderIsKeptInTheStoreUntilItIsOver() throws Exception {
        Node coordinator = nodes.join(hello, orders);
        cancels.order(GROUP, "enough");
        Cancellation ordered = new Cancellation(ID, 1_000, "enough");
        assertEquals(List.of(ordered), store.cancellations());
        wallMs.addAndGet(2 * CancelOrders.KEPT.toMillis()); // somebody set the clock
        for (int second = 0; second < CancelOrders.KEPT.toSeconds(); second++) {
            nodes.report(coordinator, orders, WITH_GROUP);
            pass(Duration.ofSeconds(1));
        }
        cancels.tidy();
        assertEquals(List.of(ordered), store.cancellations());
        pass(Duration.ofMillis(1)); // however long the group is listed
        cancels.tidy();
        assertEquals(List.of(), store.cancellations());
    }

    @Test
    void theNextOverseerCarriesOutNoOldOrders() throws Exception {
        Cancellation old = new Cancellation(ID, 1_000, "enough");
        store.cancellations(List.of(old));
        wallMs.addAndGet(CancelOrders.KEPT.toMillis() + 1);
        cancels.recall();
        Node coordinator = nodes.join(hello, orders);
        nodes.report(coordinator, orders, WITH_GROUP);
        assertEquals(List.of(), cancels(orders));
        cancels.tidy();
        assertEquals(List.of(), store.cancellations());
    }

    @Test
    void anOrderOfTheOverseerBeforeHasTheRestOfItsTime() throws Exception {
        store.cancellations(List.of(new Cancellation(ID, 1_000, "enough")));
        wallMs.addAndGet(CancelOrders.KEPT.minusMinutes(1).toMillis());
        cancels.recall();
        pass(Duration.ofMinutes(1));
        assertEquals(1, nodes.cancellations().size());
        pass(Duration.ofMillis(1));
        assertEquals(List.of(), nodes.cancellations());
    }

    @Test
    void anOrderWhoseWriteFailedIsTakenOutOfTheStoreIfItIsThere() throws Exception {
        ShakyEnsemble line =
                new ShakyEnsemble(InMemoryEnsembles.usurp(data.resolve("shaky").toString()));
        Store shaky = new EnsembleStore(line);
        Cancels ofShaky = new Cancels(shaky, nodes, wallMs::get);
        line.losesAnswers(true);
        assertThrows(StoreException.class, () -> ofShaky.order(GROUP, "enough"));
        line.losesAnswers(false);
        assertEquals(1, shaky.cancellations().size(), "it had come through");
        assertEquals(List.of(), nodes.cancellations(), "the operator was told that it failed");
        ofShaky.tidy();
        assertEquals(List.of(), shaky.cancellations());
    }

    @Test
    void noMoreThanAThousandAreKept() throws Exception {
        List<Cancellation> many =
                IntStream.range(1, 1_001)
                        .mapToObj(i -> new Cancellation("%032x".formatted(i), 1_000, "enough"))
                        .toList();
        store.cancellations(many);
        cancels.recall();
        CallException refused =
                assertThrows(CallException.class, () -> cancels.order(GROUP, "enough"));
        assertEquals(Kind.REFUSED, refused.kind());
        cancels.order(ByteString.fromHex(many.getFirst().group()), "once more"); // one of them
        assertEquals(1_000, store.cancellations().size());
        assertEquals("once more", store.cancellations().getLast().reason());
        pass(LEASE.plusMillis(1)); // nobody has listed any of them
        cancels.order(GROUP, "enough");
        assertEquals(1, store.cancellations().size());
    }

    @Test
    void theNextOverseerGoesOnWithIt() throws Exception {
        Heartbeat lists = WITH_GROUP.getHeartbeat();
        try (TestOverseer before = new TestOverseer(data);
                TestNode c1 = TestNode.coordinator("c1", before.overseer.nodesAt())) {
            c1.heartbeat(lists);
            c1.open();
            cancel(before, "enough");
            until("c1 is told", () -> !c1.cancels.isEmpty());
        }
        try (TestOverseer next = new TestOverseer(data);
                TestNode c2 = TestNode.coordinator("c2", next.overseer.nodesAt())) {
            c2.heartbeat(lists);
            c2.open();
            until("c2 is told", () -> !c2.cancels.isEmpty());
            assertEquals("enough", c2.cancels.getFirst().getReason());
        }
    }

    /// The coordinator says each second that it has no group.
    private void idle(Node coordinator, SentOrders sent, Duration time) throws Exception {
        for (Duration at = Duration.ZERO; at.compareTo(time) < 0; at = at.plusSeconds(1)) {
            nodes.report(coordinator, sent, WITHOUT_GROUP);
            pass(Duration.ofSeconds(1));
        }
    }

    private void pass(Duration time) {
        for (long left = time.toNanos(); left > 0; left -= LEASE.toNanos() / 3) {
            nanos.addAndGet(Math.min(left, LEASE.toNanos() / 3)); // more would be a pause
            nodes.expire();
        }
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
                until("the group is known", () -> groups(cluster) == 1);
            }
            until("the stream is broken", () -> cluster.state("c1").equals("lost"));
            assertEquals(List.of("c1"), cancel(cluster, "enough"));
            CallException refused =
                    assertThrows(CallException.class, () -> cancel(cluster, "x".repeat(1_001)));
            assertEquals(Kind.INVALID, refused.kind());
            assertEquals("reason: 1001 characters (expected: at most 1000)", refused.getMessage());
        }
    }

    private static int groups(TestOverseer cluster) throws Exception {
        return cluster.operator
                .list(Rpcs.LIST_GROUPS, ListGroupsRequest.getDefaultInstance())
                .size();
    }

    /// @return the coordinators that are away
    private static List<String> cancel(TestOverseer cluster, String reason) throws Exception {
        return cluster.operator
                .ask(
                        Rpcs.CANCEL_GROUP,
                        CancelGroupRequest.newBuilder().setGroup(GROUP).setReason(reason).build())
                .getAwayList();
    }

    private static List<String> cancels(SentOrders sent) {
        return sent.orders.stream()
                .filter(NodeOrder::hasCancelGroup)
                .map(order -> order.getCancelGroup().getReason())
                .toList();
    }
}
