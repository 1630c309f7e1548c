package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.catalogue.Lineage;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.Capability;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.VersionOutcomes;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
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
    void whatTheMembersUseIsNotKnownWhileSomeMayBeOnTheirWay() throws Exception {
        Node node = nodes.join(TestNode.hello("c1", Role.COORDINATOR).build(), orders);
        beat(node);
        CallException refused = assertThrows(CallException.class, nodes::awaitHeartbeats);
        assertEquals(Kind.REFUSED, refused.kind());
        assertEquals(
                "nodes may still be on their way to this overseer (expected: two leases, 40 ms, for"
                        + " them to come; try again)",
                refused.getMessage());
    }

    /// Its deadline is by the time that passes, those who are to come have that of an overseer that is paused.
    @Test
    void whoWaitsForThoseOnTheirWayWaitsLongerIfTheOverseerIsPaused() throws Exception {
        Nodes slow =
                new Nodes(
                        new Nodes.Terms("o1", 1, LEASE, LEASE.dividedBy(2), List::of),
                        Set.of(),
                        () -> nanos.addAndGet(LEASE.dividedBy(4).toNanos()),
                        () -> 0);
        slow.awaitHeartbeats();
    }

    @Test
    void membersAreToldALaterCatalogueAtOnce() throws Exception {
        nodes.join(TestNode.hello("c1", Role.COORDINATOR).build(), orders);
        nodes.catalogue(5, Lineage.NONE);
        assertEquals(5, orders.welcome.getWelcome().getCatalogue());
        assertEquals(2, orders.answers);
        nodes.catalogue(4, Lineage.NONE); // of a change that was slower
        assertEquals(5, orders.welcome.getWelcome().getCatalogue());
        assertEquals(2, orders.answers);
    }

    @Test
    void whoKnowsALaterCatalogueIsNoMember() throws Exception {
        nodes.catalogue(5, Lineage.NONE);
        Hello.Builder hello = TestNode.hello("c1", Role.COORDINATOR);
        CallException refused =
                assertThrows(
                        CallException.class,
                        () -> nodes.join(hello.setCatalogue(6).build(), orders));
        assertEquals(Kind.REFUSED, refused.kind());
        nodes.join(hello.setCatalogue(5).build(), orders);
        assertEquals(5, orders.welcome.getWelcome().getCatalogue());
    }

    @Test
    void whoKnowsAnotherCatalogueOfTheSameNumberIsNoMember() throws Exception {
        nodes.catalogue(5, Lineage.NONE.with(3, 7).with(5, 9));
        Hello.Builder hello =
                TestNode.hello("c1", Role.COORDINATOR).setCatalogue(5).setCatalogueOrigin(7);
        CallException refused =
                assertThrows(CallException.class, () -> nodes.join(hello.build(), orders));
        assertEquals(Kind.REFUSED, refused.kind());
        assertTrue(
                refused.getMessage()
                        .startsWith(
                                "c1 has seen catalogue 5, which this overseer's store has with"
                                        + " other changes (expected: the same); "),
                refused.getMessage());
        nodes.join(hello.setCatalogue(4).build(), orders);
        assertEquals(5, orders.welcome.getWelcome().getCatalogue());
        assertEquals(9, orders.welcome.getWelcome().getCatalogueOrigin());
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
        assertEquals("", orders.failure);
        assertTrue(node.isConnected());
        beat(node);
        assertEquals("c1 reads no orders", orders.failure);
        assertFalse(node.isConnected());
        assertEquals(3, orders.answers);
    }

    @Test
    void aMemberThatHasReadALargeOrderIsToldTheNextOneAtOnce() throws Exception {
        Node node = nodes.join(TestNode.hello("c1", Role.COORDINATOR).build(), orders);
        beat(node);
        orders.ready = false;
        beat(node);
        orders.ready = true;
        nodes.cordon(Set.of("c1"));
        assertTrue(
                orders.orders.stream()
                        .anyMatch(order -> order.hasCordon() && order.getCordon().getCordoned()));
    }

    @Test
    void aMemberThatReadsNothingIsToldWhatItMissedOnceItReadsAgain() throws Exception {
        Node node = nodes.join(TestNode.hello("c1", Role.COORDINATOR).build(), orders);
        long told = orders.sent;
        orders.ready = false;
        beat(node);
        nodes.cordon(Set.of("c1"));
        nodes.join(TestNode.hello("w1", Role.WORKER).build(), new SentOrders());
        assertEquals(told, orders.sent);

        orders.ready = true;
        beat(node);
        assertTrue(
                orders.orders.stream()
                        .anyMatch(order -> order.hasCordon() && order.getCordon().getCordoned()));
        assertEquals(1, orders.last.getClusterView().getWorkersCount());
        told = orders.sent;
        orders.ready = false;
        beat(node);
        orders.ready = true; // only slow: nothing is sent twice
        beat(node);
        assertEquals(told, orders.sent);
    }

    @Test
    void aHeartbeatThatOnlyRenewsTheLeaseMakesNothingCountTwice() throws Exception {
        Node node = nodes.join(TestNode.hello("c1", Role.COORDINATOR).build(), orders);
        PluginVersion fish = new PluginVersion("fish", "1.0.0", "0f".repeat(32), 1);
        Heartbeat many =
                Heartbeat.newBuilder()
                        .addOutcomes(
                                VersionOutcomes.newBuilder().setPlugin(Wire.of(fish)).setOk(100))
                        .build();
        beat(node);
        beat(node, many);
        assertEquals(100, nodes.outcomes(Wire.of(fish)).getOk());
        beat(node);
        beat(node, many);
        assertEquals(100, nodes.outcomes(Wire.of(fish)).getOk());
    }

    /// A worker's plugins, which have what it has, decide no canary and keep no order to end a group.
    @Test
    void whatAWorkerSaysOfGroupsAndOutcomesCountsForNothing() throws Exception {
        PluginVersion fish = new PluginVersion("fish", "1.0.0", "0f".repeat(32), 1);
        Heartbeat many =
                Heartbeat.newBuilder()
                        .addOutcomes(
                                VersionOutcomes.newBuilder().setPlugin(Wire.of(fish)).setOk(100))
                        .addGroups(GroupSummary.newBuilder().setGroup(ByteString.copyFromUtf8("g")))
                        .build();
        Node node = nodes.join(TestNode.hello("w-talks", Role.WORKER).build(), orders);
        beat(node);
        beat(node, many);
        beat(node, many);
        assertEquals(0, nodes.outcomes(Wire.of(fish)).getOk());
        assertEquals(List.of(), node.groups());
        assertEquals(
                List.of(
                        "worker w-talks sends groups or outcomes, which are ignored (expected: of"
                                + " coordinators only)"),
                TestLog.warnings("w-talks"));
        assertTrue(node.hasSentHeartbeat());
    }

    @Test
    void aWorkerThatDidWhatAnotherOverseerToldItIsReady() throws Exception {
        Node node = nodes.join(TestNode.hello("w1", Role.WORKER).build(), orders);
        applied(node, Long.MAX_VALUE);
        assertFalse(node.isReady(), "nobody in this cluster told it that");
        applied(node, 9);
        assertTrue(node.isReady());
        assertTrue(
                node.appliedRevision() < nodes.routes(ClusterView.getDefaultInstance()),
                "not what is told now");
    }

    /// Their heartbeats are still to be read: it was frozen, they were not.
    @Test
    void anOverseerThatWasPausedItselfKeepsItsMembers() throws Exception {
        nodes.join(TestNode.hello("w1", Role.WORKER).build(), new SentOrders());
        nodes.join(TestNode.hello("c1", Role.COORDINATOR).build(), orders);
        nodes.expire();
        Duration pause = Duration.ofDays(2);
        nanos.addAndGet(pause.toNanos());
        nodes.expire();
        assertEquals(
                List.of("leases begin anew, nobody looked at them for " + pause.toMillis() + " ms"),
                TestLog.warnings("for " + pause.toMillis() + " ms"));
        assertEquals(Set.of("w1"), nodes.workerNames());
        assertEquals(2, nodes.entries().size());
        for (int step = 0; step < 4; step++) {
            assertEquals(2, nodes.entries().size(), "after " + step + " thirds of a lease");
            nanos.addAndGet(LEASE.dividedBy(3).toNanos());
            nodes.expire();
        }
        assertEquals(List.of(), nodes.entries());
    }

    @Test
    void aPauseOfAnOverseerLeavesKnownWorkersTheirTimeToCome() {
        Nodes elected =
                new Nodes(
                        new Nodes.Terms("o1", 2, LEASE, LEASE.dividedBy(2), List::of),
                        Set.of("w1"),
                        nanos::get,
                        () -> 0);
        Duration pause = Duration.ofDays(3);
        nanos.addAndGet(pause.toNanos());
        elected.expire();
        assertEquals(List.of(), TestLog.warnings("for " + pause.toMillis() + " ms"));
        assertEquals(Set.of("w1"), elected.workerNames());
        for (int step = 0; step < 4; step++) {
            nanos.addAndGet(LEASE.dividedBy(3).toNanos());
            elected.expire();
        }
        assertEquals(Set.of(), elected.workerNames());
    }

    /// Who has just begun to lead does not know which coordinators there are.
    @Test
    void aCordonIsUnheardUntilTheCoordinatorsHaveComeToANewLeader() throws Exception {
        nodes.cordon(Set.of("w1"));
        Node worker = nodes.join(TestNode.hello("w1", Role.WORKER).build(), orders);
        applied(worker, 1);
        assertTrue(isCordoning());
        Node coordinator = nodes.join(TestNode.hello("c1", Role.COORDINATOR).build(), orders);
        for (int step = 0; step < 9; step++) {
            nanos.addAndGet(LEASE.dividedBy(3).toNanos());
            beat(worker);
            beat(coordinator);
            nodes.expire();
        }
        assertTrue(isCordoning());
        applied(coordinator, lastView());
        assertFalse(isCordoning());
    }

    /// Beside so many workers views are put off.
    @Test
    void aCordonIsHeardOnceTheViewThatShowsItIsKnown() throws Exception {
        Node coordinator = nodes.join(TestNode.hello("c1", Role.COORDINATOR).build(), orders);
        for (int i = 0; i < 100; i++) {
            applied(nodes.join(TestNode.hello("w" + i, Role.WORKER).build(), orders), 1);
        }
        nanos.addAndGet(LEASE.multipliedBy(10).toNanos());
        nodes.show();
        applied(coordinator, lastView());
        applied(nodes.join(TestNode.hello("w100", Role.WORKER).build(), orders), 1); // put off
        nodes.cordon(Set.of("w1"));
        assertTrue(isCordoning());
        nanos.addAndGet(LEASE.multipliedBy(10).toNanos());
        nodes.show();
        long revision = lastView();
        applied(nodes.join(TestNode.hello("w101", Role.WORKER).build(), orders), 1); // put off
        assertTrue(isCordoning());
        applied(coordinator, revision);
        assertFalse(isCordoning());
    }

    @Test
    void workersWhoseContainersOfferTheSameShareWhatTheyOffer() throws Exception {
        Hello first = worker("w0", "org.example.a", "org.example.b");
        nodes.join(first, orders);
        for (int i = 1; i < 100; i++) {
            nodes.join(worker("w" + i, "org.example.a", "org.example.b"), orders);
        }
        Hello other = worker("x1", "org.example.a");
        nodes.join(other, orders);
        nodes.join(
                first.toBuilder().clearPlatform().addAllPlatform(other.getPlatformList()).build(),
                orders);
        List<Node> workers = nodes.all(Role.WORKER);
        Map<List<Capability>, Node> kept = new IdentityHashMap<>();
        workers.forEach(worker -> kept.put(worker.platform(), worker));
        assertEquals(2, kept.size());
        assertTrue(workers.stream().allMatch(worker -> worker.hello().getPlatformCount() == 0));
        assertEquals(
                List.of(2, 99),
                nodes.platforms().values().stream().map(List::size).sorted().toList());
        assertEquals(
                List.of("w0", "x1"),
                nodes.platforms().values().stream()
                        .filter(names -> names.contains("x1"))
                        .findFirst()
                        .orElseThrow());
    }

    /// As it comes from the wire.
    private static Hello worker(String name, String... packages) throws Exception {
        Hello.Builder hello = TestNode.hello(name, Role.WORKER);
        for (String each : packages) {
            hello.addPlatform(TestNode.offered("osgi.wiring.package", each));
        }
        return Hello.parseFrom(hello.build().toByteArray());
    }

    private long lastView() {
        return orders.orders.stream()
                .filter(NodeOrder::hasClusterView)
                .toList()
                .getLast()
                .getClusterView()
                .getRevision();
    }

    private boolean isCordoning() {
        return nodes.entries().stream()
                .anyMatch(node -> node.getName().equals("w1") && node.getCordoning());
    }

    private void applied(Node node, long revision) throws CallException {
        Applied applied = Applied.newBuilder().setRevision(revision).build();
        nodes.report(node, orders, NodeReport.newBuilder().setApplied(applied).build());
    }

    private void beat(Node node) throws CallException {
        beat(node, Heartbeat.getDefaultInstance());
    }

    private void beat(Node node, Heartbeat heartbeat) throws CallException {
        nodes.report(node, orders, NodeReport.newBuilder().setHeartbeat(heartbeat).build());
    }
}
