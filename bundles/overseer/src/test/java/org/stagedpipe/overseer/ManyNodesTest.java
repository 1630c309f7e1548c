package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.Cancellation;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Lineage;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.AssignRequest;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.Goodbye;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Load;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.transport.CallException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/// 1,000 workers and 20 coordinators on one [Nodes], without a wire: what each report costs is counted, not timed.
class ManyNodesTest {

    private static final int WORKERS = 1_000;
    private static final int COORDINATORS = 20;
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final PluginVersion FISH = plugin("1.0.0");

    @TempDir private Path folder;
    private final AtomicLong nanos = new AtomicLong();
    private final Nodes nodes =
            new Nodes(
                    new Nodes.Terms("o1", 1, LEASE, Duration.ofSeconds(1), List::of),
                    Set.of(),
                    nanos::get,
                    () -> 0);
    private final Map<Node, SentOrders> members = new HashMap<>();
    private final List<Node> workers = new ArrayList<>();
    private final List<Node> coordinators = new ArrayList<>();

    @BeforeEach
    void join() throws Exception {
        for (int i = 0; i < COORDINATORS; i++) {
            coordinators.add(join("c" + i, Role.COORDINATOR));
        }
        for (int i = 0; i < WORKERS; i++) {
            workers.add(join("w" + i, Role.WORKER));
        }
        for (Node node : members.keySet()) {
            report(node, NodeReport.newBuilder().setApplied(applied(1)));
        }
        nodes.routes(
                ClusterView.newBuilder().addRoutes(Route.newBuilder().setCurrent(FISH)).build());
    }

    @Test
    void heartbeatThatChangesNothingMakesNoViewAndSendsNothing() throws Exception {
        long made = nodes.viewsMade();
        long sent = sent();
        for (int second = 0; second < 5; second++) {
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            for (Node node : members.keySet()) {
                report(node, heartbeat(second));
            }
            nodes.expire();
        }
        assertEquals(made, nodes.viewsMade());
        assertEquals(sent, sent());
        assertEquals(WORKERS + COORDINATORS, nodes.entries().size());
        assertEquals(4, nodes.entries().getLast().getLoad().getGroups());
    }

    @Test
    void aVisibleChangeMakesOneViewForEachCoordinator() throws Exception {
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        long made = nodes.viewsMade();
        long sent = sent();
        report(
                workers.getFirst(),
                NodeReport.newBuilder().setGoodbye(Goodbye.getDefaultInstance()));
        assertEquals(made + 1, nodes.viewsMade());
        assertEquals(sent + COORDINATORS, sent());
    }

    @Test
    void manyThatJoinTogetherShareAView() throws Exception {
        long madeForAll = nodes.viewsMade();
        assertTrue(madeForAll < 2 * WORKERS / 5, "views for 1,000 workers: " + madeForAll);
        workers.add(join("late", Role.WORKER));
        report(workers.getLast(), NodeReport.newBuilder().setApplied(applied(1)));
        nodes.show();
        assertEquals(madeForAll, nodes.viewsMade());
        nanos.addAndGet(Duration.ofMillis(200).toNanos()); // 100 ms, and 1 µs an entry
        nodes.show();
        nodes.show();
        assertEquals(madeForAll + 1, nodes.viewsMade());
        NodeOrder last = orders(coordinators.getFirst()).last;
        assertEquals(WORKERS + 1, last.getClusterView().getWorkersCount());
    }

    @Test
    void silentWorkersLeaveTogetherInOneView() throws Exception {
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        nodes.expire();
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        nodes.expire();
        for (Node node : members.keySet()) {
            if (workers.indexOf(node) < WORKERS - 10) {
                report(node, heartbeat(1));
            }
        }
        long made = nodes.viewsMade();
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        nodes.expire();
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        nodes.expire();
        assertEquals(made + 1, nodes.viewsMade());
        NodeOrder last = orders(coordinators.getFirst()).last;
        assertEquals(WORKERS - 10, last.getClusterView().getWorkersCount());
    }

    @Test
    void assignmentReadsNothingFromDiskAndMakesNoView() throws Exception {
        CountingStore store = new CountingStore(TestOverseer.store(folder));
        store.replace(Catalogue.EMPTY.with(CatalogueEntry.first(publication())));
        Assigner assigner = new Assigner(store, nodes, new SplittableRandom(1));
        AssignRequest fish = AssignRequest.newBuilder().setPlugin("fish").build();
        long made = nodes.viewsMade();
        Map<String, Integer> given = new HashMap<>();
        for (int i = 0; i < 10 * COORDINATORS; i++) {
            given.merge(assigner.assign(fish).getCoordinator(), 1, Integer::sum);
        }
        assertEquals(0, store.reads);
        assertEquals(made, nodes.viewsMade());
        assertEquals(COORDINATORS, given.size());
        assertTrue(given.values().stream().allMatch(count -> count <= 20), given::toString);
        AssignRequest fowl = AssignRequest.newBuilder().setPlugin("fowl").build();
        assertThrows(CallException.class, () -> assigner.assign(fowl));
        assertEquals(1, store.reads);
    }

    /// Each is given to the one with less load of two, so the busiest one gets none.
    @Test
    void theBusiestCoordinatorIsAssignedToNobody() throws Exception {
        for (Node coordinator : coordinators) {
            report(coordinator, heartbeat(coordinator == coordinators.getFirst() ? 1_000 : 0));
        }
        Assigner assigner =
                new Assigner(TestOverseer.store(folder), nodes, new SplittableRandom(1));
        AssignRequest fish = AssignRequest.newBuilder().setPlugin("fish").build();
        for (int i = 0; i < 10 * COORDINATORS; i++) {
            String given = assigner.assign(fish).getCoordinator();
            assertNotEquals(coordinators.getFirst().name(), given);
        }
        List<String> allButTwo =
                coordinators.stream().skip(2).map(Node::name).toList(); // of two, always the other
        AssignRequest ofTwo = fish.toBuilder().addAllAvoid(allButTwo).build();
        for (int i = 0; i < 100; i++) {
            assertEquals(coordinators.get(1).name(), assigner.assign(ofTwo).getCoordinator());
        }
    }

    private Node join(String name, Role role) throws CallException {
        SentOrders orders = new SentOrders();
        Node node = nodes.join(TestNode.hello(name, role).build(), orders);
        members.put(node, orders);
        return node;
    }

    private void report(Node node, NodeReport.Builder report) throws CallException {
        nodes.report(node, orders(node), report.build());
    }

    private SentOrders orders(Node node) {
        return Objects.requireNonNull(members.get(node), node.name());
    }

    private long sent() {
        return members.values().stream().mapToLong(orders -> orders.sent).sum();
    }

    private static NodeReport.Builder heartbeat(int groups) {
        return NodeReport.newBuilder()
                .setHeartbeat(Heartbeat.newBuilder().setLoad(Load.newBuilder().setGroups(groups)));
    }

    private static Applied applied(long revision) {
        return Applied.newBuilder().setRevision(revision).build();
    }

    private static PluginVersion plugin(String version) {
        return PluginVersion.newBuilder()
                .setName("fish")
                .setVersion(version)
                .setSha256(ByteString.copyFrom(new byte[32]))
                .setSize(1)
                .build();
    }

    private static Publication publication() {
        return new Publication(
                new org.stagedpipe.cluster.catalogue.PluginVersion(
                        "fish", "1.0.0", "0".repeat(64), 1),
                1,
                "fish.jar",
                "ann",
                0,
                List.of(),
                List.of(),
                null);
    }

    /// A store that counts how often its catalogue is read.
    private static final class CountingStore implements Store {

        private final Store behind;
        private int reads;

        CountingStore(Store behind) {
            this.behind = behind;
        }

        @Override
        public Lineage lineage() throws StoreException {
            return behind.lineage();
        }

        @Override
        public void confirm() throws StoreException {
            behind.confirm();
        }

        @Override
        public Catalogue catalogue() throws StoreException {
            reads++;
            return behind.catalogue();
        }

        @Override
        public boolean replace(Catalogue next) throws StoreException {
            return behind.replace(next);
        }

        @Override
        public double share(Catalogue next) throws StoreException {
            return behind.share(next);
        }

        @Override
        public Set<String> workers() throws StoreException {
            return behind.workers();
        }

        @Override
        public void workers(Set<String> names) throws StoreException {
            behind.workers(names);
        }

        @Override
        public Set<String> cordoned() throws StoreException {
            return behind.cordoned();
        }

        @Override
        public void cordoned(Set<String> names) throws StoreException {
            behind.cordoned(names);
        }

        @Override
        public List<Cancellation> cancellations() throws StoreException {
            return behind.cancellations();
        }

        @Override
        public void cancellations(List<Cancellation> all) throws StoreException {
            behind.cancellations(all);
        }
    }
}
