package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.BundleSignature;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Rpcs;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/// What workers are told when there is nothing to tell yet, or too much.
class PlansTest {

    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Library NET = new Library("com.example.net", "1.0.0", "f".repeat(64), 1);

    @TempDir private Path folder;
    private final Nodes nodes =
            new Nodes(
                    new Nodes.Terms("o1", 1, LEASE, Duration.ofSeconds(1), List::of),
                    Set.of(),
                    System::nanoTime,
                    () -> 0);
    private final SentOrders orders = new SentOrders();

    @Test
    void aWorkerIsToldNothingBeforeTheFirstPlan() throws Exception {
        nodes.join(TestNode.hello("w1", Role.WORKER).build(), orders);
        assertEquals(List.of(), orders.orders);
        nodes.plan(content(WorkerPlan.getDefaultInstance()));
        assertTrue(orders.last.hasWorkerPlan());
    }

    @Test
    void theLeastIsMadeOnlyIfTheWholeIsTooLarge() throws Exception {
        nodes.join(TestNode.hello("w1", Role.WORKER).build(), orders);
        nodes.plan(
                new Plans.Content(
                        WorkerPlan.getDefaultInstance(), () -> fail("nobody needs it"), null));
        assertTrue(orders.last.hasWorkerPlan());
    }

    @Test
    void workersKeepThePlanBeforeOneThatIsTooLarge() throws Exception {
        Node worker = nodes.join(TestNode.hello("w1", Role.WORKER).build(), orders);
        long revision = nodes.plan(content(WorkerPlan.getDefaultInstance()));
        WorkerPlan large =
                WorkerPlan.newBuilder()
                        .addSignatures(
                                BundleSignature.newBuilder()
                                        .setSignature(
                                                ByteString.copyFrom(
                                                        new byte[Rpcs.MAX_MESSAGE_BYTES])))
                        .build();
        List<String> said = TestLog.warnings("plan of the workers:");
        CallException refused = assertThrows(CallException.class, () -> nodes.plan(content(large)));
        assertEquals(said, TestLog.warnings("plan of the workers:"), "nothing is sent instead");
        assertEquals(Kind.REFUSED, refused.kind());
        assertTrue(refused.getMessage().contains("expected: at most 4194304"), refused.toString());
        SentOrders again = new SentOrders();
        nodes.join(worker.hello(), again);
        assertEquals(revision, again.last.getWorkerPlan().getRevision());
    }

    @Test
    void anOverseerThatComesToLeadTooManyVersionsHasWorkersAllTheSame() throws Exception {
        EnsembleStore store = new EnsembleStore(InMemoryEnsembles.usurp(folder.toString()));
        CatalogueEntry fish = fish(32_000);
        store.replace(Catalogue.EMPTY.with(fish));
        new Rollout(store, nodes, LEASE).resume();

        Node worker = nodes.join(TestNode.hello("w1", Role.WORKER).build(), orders);

        WorkerPlan plan = orders.last.getWorkerPlan();
        assertEquals(Wire.of(List.of(fish.history().getFirst().plugin())), plan.getPluginsList());
        assertEquals(1, plan.getNeedsCount(), "needs");
        assertEquals(List.of(Wire.of(NET)), plan.getLibrariesList());
        assertEquals(1, plan.getSignaturesCount(), "signatures");
        Applied applied = Applied.newBuilder().setRevision(plan.getRevision()).build();
        nodes.report(worker, orders, NodeReport.newBuilder().setApplied(applied).build());
        assertTrue(worker.isReady());
    }

    @Test
    void oneVersionMoreThanWorkersCanBeToldOfIsRefused() throws Exception {
        EnsembleStore store = new EnsembleStore(InMemoryEnsembles.usurp(folder.toString()));
        Room.check(store, Catalogue.EMPTY.with(fish(26_000)), "fish");
        CallException refused =
                assertThrows(
                        CallException.class,
                        () -> Room.check(store, Catalogue.EMPTY.with(fish(32_000)), "fish"));
        assertEquals(Kind.REFUSED, refused.kind());
        assertTrue(
                refused.getMessage()
                        .matches(
                                "fish: what workers must know of all versions of all plugins takes"
                                    + " 1\\d\\d % of a message \\(\\d{7} of 4194304 bytes\\)"
                                    + " \\(expected: at most 95 %\\); delete versions that nobody"
                                    + " uses"),
                refused.toString());
    }

    private static Plans.Content content(WorkerPlan plan) {
        return new Plans.Content(plan, () -> plan, null);
    }

    /// A plugin with so many signed versions.
    private static CatalogueEntry fish(int versions) {
        String signature = Base64.getEncoder().encodeToString(new byte[64]);
        List<Publication> history = new ArrayList<>();
        for (int i = 0; i < versions; i++) {
            history.add(
                    new Publication(
                            new PluginVersion("fish", "1." + i + ".0", "%064x".formatted(i), 1),
                            1,
                            "fish.jar",
                            "ann",
                            0,
                            List.of(NET),
                            List.of(signature),
                            null));
        }
        return new CatalogueEntry("fish", history.getFirst().plugin(), history);
    }
}
