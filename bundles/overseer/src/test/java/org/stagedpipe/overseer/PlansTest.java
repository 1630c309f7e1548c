package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import org.stagedpipe.protocol.v1.Heartbeat;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What workers are told when there is nothing to tell yet, or too much.
class PlansTest {

    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final String SIGNATURE =
            Base64.getEncoder().encodeToString("another".repeat(9).concat("!").getBytes(UTF_8));
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
                        WorkerPlan.getDefaultInstance(), () -> fail("nobody needs it"), Map.of()));
        assertTrue(orders.last.hasWorkerPlan());
    }

    @Test
    void workersKeepThePlanBeforeOneThatIsTooLarge() throws Exception {
        Node worker = nodes.join(TestNode.hello("w1", Role.WORKER).build(), orders);
        long revision = nodes.plan(content(WorkerPlan.getDefaultInstance()));
        WorkerPlan large = bytes(Rpcs.MAX_MESSAGE_BYTES);
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
    void workersAreNotToldAgainWhatTheyKnow() throws Exception {
        nodes.join(TestNode.hello("w1", Role.WORKER).build(), orders);
        EnsembleStore store = new EnsembleStore(InMemoryEnsembles.usurp(folder.toString()));
        CatalogueEntry fish = fish(2);
        PluginVersion current = fish.history().getFirst().plugin();
        store.replace(Catalogue.EMPTY.with(fish));
        Rollout rollout = new Rollout(store, nodes, LEASE);
        rollout.resume();
        assertEquals(1, orders.sent);
        rollout.change("fish", now -> now.labelled("stable", current), Steps.UNSEEN);
        rollout.resume();
        assertEquals(1, orders.sent);

        rollout.sign(now -> now.with(fish), Steps.UNSEEN); // they may have a key that they had not
        assertEquals(2, orders.sent);
        rollout.change("fish", now -> now.signed(current, List.of(SIGNATURE)), Steps.UNSEEN);
        assertEquals(3, orders.sent);
    }

    @Test
    void whoGetsAVersionFirstIsNewsToo() throws Exception {
        nodes.join(TestNode.hello("w1", Role.WORKER).build(), orders);
        WorkerPlan plan = WorkerPlan.getDefaultInstance();
        Map<org.stagedpipe.protocol.v1.PluginVersion, Set<String>> early =
                Map.of(Wire.of(fish(1).history().getFirst().plugin()), Set.of("w1"));
        nodes.planIfNew(new Plans.Content(plan, () -> plan, early));
        nodes.planIfNew(new Plans.Content(plan, () -> plan, early));
        assertEquals(1, orders.sent);
        nodes.planIfNew(content(plan));
        assertEquals(2, orders.sent);
    }

    /// All orders at once would fill the memory.
    @Test
    void largePlansGoToSomeWorkersAfterTheOthers() throws Exception {
        Map<Node, SentOrders> workers = new LinkedHashMap<>();
        for (int i = 0; i < 50; i++) {
            SentOrders its = new SentOrders();
            its.slow = true;
            workers.put(nodes.join(TestNode.hello("w" + i, Role.WORKER).build(), its), its);
        }
        nodes.plan(content(bytes(3 << 20)));
        int told = 0;
        while (told < workers.size()) {
            List<SentOrders> taking = workers.values().stream().filter(its -> !its.ready).toList();
            told += taking.size();
            assertEquals(told, workers.values().stream().filter(its -> its.sent == 1).count());
            assertTrue(taking.size() * (3L << 20) <= 64 << 20, "on their way: " + taking.size());
            assertTrue(taking.size() > 10 || told == workers.size(), "stuck at " + told);
            beat(workers);
            taking.forEach(its -> its.ready = true);
            beat(workers);
        }
        beat(workers);
        assertTrue(workers.values().stream().allMatch(its -> its.sent == 1), "each once");
    }

    private void beat(Map<Node, SentOrders> workers) throws CallException {
        NodeReport beat =
                NodeReport.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build();
        for (Map.Entry<Node, SentOrders> worker : workers.entrySet()) {
            nodes.report(worker.getKey(), worker.getValue(), beat);
        }
    }

    /// A plan of that size.
    private static WorkerPlan bytes(int length) {
        return WorkerPlan.newBuilder()
                .addSignatures(
                        BundleSignature.newBuilder()
                                .setSignature(ByteString.copyFrom(new byte[length])))
                .build();
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

    @Test
    void oneVersionMoreThanOperatorsCanBeShownIsRefused() throws Exception {
        EnsembleStore store = new EnsembleStore(InMemoryEnsembles.usurp(folder.toString()));
        Catalogue after = Catalogue.EMPTY.with(fish(20_000, "f".repeat(60)));
        PluginVersion plugin = fish(1).history().getFirst().plugin();
        Room.check(store, after, plugin);
        Catalogue tooMuch = Catalogue.EMPTY.with(fish(20_000, "f".repeat(200)));
        CallException refused =
                assertThrows(CallException.class, () -> Room.check(store, tooMuch, plugin));
        assertEquals(Kind.REFUSED, refused.kind());
        assertTrue(
                refused.getMessage()
                        .startsWith(
                                "fish 1.0.0: what operators are shown of all its versions takes 1"),
                refused.toString());
    }

    private static Plans.Content content(WorkerPlan plan) {
        return new Plans.Content(plan, () -> plan, Map.of());
    }

    /// A plugin with so many signed versions.
    private static CatalogueEntry fish(int versions) {
        return fish(versions, "fish.jar");
    }

    private static CatalogueEntry fish(int versions, String file) {
        String signature = Base64.getEncoder().encodeToString(new byte[64]);
        List<Publication> history = new ArrayList<>();
        for (int i = 0; i < versions; i++) {
            history.add(
                    new Publication(
                            new PluginVersion("fish", "1." + i + ".0", "%064x".formatted(i), 1),
                            1,
                            file,
                            "ann",
                            0,
                            List.of(NET),
                            List.of(signature),
                            null));
        }
        return new CatalogueEntry("fish", history.getFirst().plugin(), history);
    }
}
