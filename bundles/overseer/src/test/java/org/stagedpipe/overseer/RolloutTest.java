package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// Changes of the catalogue when something goes wrong between the store and the workers.
class RolloutTest {

    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final CatalogueEntry FISH =
            CatalogueEntry.first(
                    new Publication(
                            new PluginVersion("fish", "1.0.0", "0".repeat(64), 1),
                            1,
                            "fish.jar",
                            "ann",
                            0,
                            List.of(),
                            List.of(),
                            null));

    @TempDir private Path folder;
    private final Nodes nodes =
            new Nodes(
                    new Nodes.Terms("o1", 1, LEASE, Duration.ofSeconds(1), List::of),
                    Set.of(),
                    System::nanoTime,
                    () -> 0);
    private final SentOrders worker = new SentOrders();
    private ShakyEnsemble ensemble;
    private EnsembleStore store;
    private Rollout rollout;

    @BeforeEach
    void open() throws Exception {
        ensemble = new ShakyEnsemble(InMemoryEnsembles.usurp(folder.toString()));
        store = new EnsembleStore(ensemble);
        rollout = new Rollout(store, nodes, LEASE);
        nodes.join(TestNode.hello("w1", Role.WORKER).build(), worker);
        rollout.apply(now -> now.with(FISH), Steps.UNSEEN);
    }

    @Test
    void aChangeThatOutlivesItsTermIsRefused() throws Exception {
        nodes.close(); // the same process may lead again, and its writes count then
        Catalogue before = store.catalogue();
        CallException refused =
                assertThrows(CallException.class, () -> rollout.commit(this::withoutFish));
        assertEquals(Kind.UNREACHABLE, refused.kind());
        assertEquals(before, store.catalogue());
    }

    @Test
    void workersFollowAWriteWhoseAnswerWasLost() throws Exception {
        assertEquals(1, worker.last.getWorkerPlan().getPluginsCount());
        ensemble.losesAnswers(true);
        rollout.apply(this::withoutFish, Steps.UNSEEN); // it is found in the store
        assertEquals(List.of(), store.catalogue().current());
        assertEquals(0, worker.last.getWorkerPlan().getPluginsCount());
    }

    @Test
    void aChangeWaitsUntilCoordinatorsCanBeToldOfIt() throws Exception {
        Duration lease = Duration.ofSeconds(1);
        Nodes elected =
                new Nodes(
                        new Nodes.Terms("o2", 2, lease, lease.dividedBy(3), List::of),
                        Set.of("w1"), // who may come back
                        System::nanoTime,
                        () -> 0);
        SentOrders coordinator = new SentOrders();
        Node c1 = elected.join(TestNode.hello("c1", Role.COORDINATOR).build(), coordinator);
        try (InBackground<?> _ = InBackground.of(() -> live(elected, c1, coordinator))) {
            new Rollout(store, elected, PATIENCE).apply(now -> now.with(FISH), Steps.UNSEEN);
            assertTrue(coordinator.orders.stream().anyMatch(NodeOrder::hasClusterView));
        }
    }

    private static boolean live(Nodes nodes, Node node, SentOrders call) throws Exception {
        NodeReport heartbeat =
                NodeReport.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build();
        Applied all = Applied.newBuilder().setRevision(Long.MAX_VALUE).build();
        nodes.report(node, call, NodeReport.newBuilder().setApplied(all).build());
        while (true) { // until it is closed
            nodes.report(node, call, heartbeat);
            nodes.expire();
            Thread.sleep(10);
        }
    }

    @Test
    void workersFollowALostWriteOnceTheStoreIsBack() throws Exception {
        ensemble.breakAfterWrite();
        assertThrows(StoreException.class, () -> rollout.apply(this::withoutFish, Steps.UNSEEN));
        assertThrows(StoreException.class, rollout::catchUp);
        assertEquals(1, worker.last.getWorkerPlan().getPluginsCount());
        ensemble.away(false);
        rollout.catchUp();
        assertEquals(0, worker.last.getWorkerPlan().getPluginsCount());
        long sent = worker.sent;
        rollout.catchUp();
        assertEquals(sent, worker.sent);
    }

    private Catalogue withoutFish(Catalogue now) {
        return now.with(FISH.routed(null));
    }
}
