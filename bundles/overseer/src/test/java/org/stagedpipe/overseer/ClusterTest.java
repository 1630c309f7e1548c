package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.AssignRequest;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.DescribePluginRequest;
import org.stagedpipe.protocol.v1.FetchRequest;
import org.stagedpipe.protocol.v1.FetchResponse;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.protocol.v1.WorkerEntry;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;

/// What becomes of a plugin that is published, and what nodes and clients get.
class ClusterTest extends OneOverseer {

    @Override
    @BeforeEach
    void open() throws Exception {
        cluster = TestOverseer.patient(data, 0);
    }

    @Test
    void listsItselfBeforeItsMembers() throws Exception {
        worker("w1");
        cluster.awaitReady("w1");
        List<NodeEntry> listed = cluster.nodes();
        assertEquals(List.of("o1", "w1"), listed.stream().map(NodeEntry::getName).toList());
        NodeEntry itself = listed.getFirst();
        assertEquals(Role.OVERSEER, itself.getRole());
        assertEquals("ready", itself.getState());
        assertEquals(cluster.overseer.nodesAt().port(), itself.getAddress().getPort());
        assertEquals(ProcessHandle.current().pid(), itself.getPid());
    }

    @Test
    void newVersionIsReadyOnAllWorkersBeforeNewGroupsGetIt() throws Exception {
        TestNode w1 = worker("w1");
        TestNode w2 = worker("w2");
        TestNode c1 = coordinator("c1");
        cluster.awaitReady("w1", "w2", "c1");
        cluster.operator.install(FISH);

        List<Progress> progress = cluster.operator.update(FISH_1_1);

        assertEquals(
                List.of(
                        "upload", "verify", "resolve", "store", "rollout", "push", "commit",
                        "route", "drain", "done"),
                progress.stream().map(Progress::getStep).distinct().toList());
        PluginEntry result = progress.getLast().getResult();
        assertEquals("1.1.0", result.getCurrent().getVersion());
        assertEquals(2, result.getVersionsCount());
        Route route = c1.route("1.1.0", now -> now.getCurrent().getVersion().equals("1.1.0"));
        assertEquals(2, route.getKnownCount());
        ClusterView view = c1.views.getLast();
        assertEquals(2, view.getWorkersCount());
        assertTrue(view.getWorkersList().stream().allMatch(WorkerEntry::getReady));
        until(
                "the old version leaves the plans",
                () ->
                        versions(w1.plans.getLast().getPluginsList()).equals(List.of("1.1.0"))
                                && versions(w2.plans.getLast().getPluginsList())
                                        .equals(List.of("1.1.0")));
        assertTrue(
                w1.plans.stream()
                        .map(WorkerPlan::getPluginsList)
                        .anyMatch(plan -> versions(plan).equals(List.of("1.0.0", "1.1.0"))),
                "the new version comes beside the old");
        List<Long> revisions = w1.plans.stream().map(WorkerPlan::getRevision).toList();
        assertEquals(revisions.stream().sorted().toList(), revisions);
    }

    @Test
    void coordinatorNeverSeesARouteThatNoWorkerHolds() throws Exception {
        TestNode w1 = worker("w1");
        cluster.awaitReady("w1");
        cluster.operator.install(FISH);
        w1.silent();
        try (InBackground<?> update = InBackground.of(() -> cluster.operator.update(FISH_1_1))) {
            until("it is pushed", () -> planned(w1).contains("1.1.0"));
            TestNode c2 = coordinator("c2"); // is told what there is
            until("it has a view", () -> !c2.views.isEmpty());
            c2.route("what w1 holds", now -> now.getCurrent().getVersion().equals("1.0.0"));
            w1.speak();
            update.await();
            c2.route("the new one", now -> now.getCurrent().getVersion().equals("1.1.0"));
        }
    }

    @Test
    void workerThatFailsKeepsTheCatalogueAsItWas() throws Exception {
        TestNode w1 = worker("w1");
        TestNode w2 = worker("w2");
        cluster.awaitReady("w1", "w2");
        cluster.operator.install(FISH);
        w2.installing(plugin ->
                plugin.getVersion().equals("1.1.0")
                        ? TestNode.failed(plugin, "no table \"strikes\"")
                        : TestNode.ready(plugin));

        CallException refused = refused(() -> cluster.operator.update(FISH_1_1));

        assertEquals(Kind.REFUSED, refused.kind());
        assertEquals("worker w2: fish 1.1.0 is FAILED: no table \"strikes\"", refused.getMessage());
        assertEquals("1.0.0", plugins().getFirst().getCurrent().getVersion());
        assertEquals(1, plugins().getFirst().getVersionsCount());
        until(
                "the plan is as before",
                () -> versions(w1.plans.getLast().getPluginsList()).equals(List.of("1.0.0")));
        assertEquals(1, blobs());
    }

    @Test
    void workerThatDoesNotAnswerIsNamed() throws Exception {
        TestNode w1 = worker("w1");
        cluster.awaitReady("w1");
        w1.silent();
        CallException refused =
                refused(() -> cluster.operator.publish(Mode.INSTALL, FISH.bytes(), 150));
        assertEquals(Kind.REFUSED, refused.kind());
        assertEquals("worker w1 did not answer within 150 ms", refused.getMessage());
        assertEquals(List.of(), plugins());
    }

    /// It has only come, and has not made the plan ready that it came to.
    @Test
    void workerThatIsStillToBeReadyIsWaitedForWhereThereIsNoOther() throws Exception {
        TestNode w1 = opened(TestNode.worker("w1", cluster.overseer.nodesAt()).silent());
        until("it has come", () -> !w1.plans.isEmpty());
        CallException refused =
                refused(() -> cluster.operator.publish(Mode.INSTALL, FISH.bytes(), 150));
        assertEquals("worker w1 did not answer within 150 ms", refused.getMessage());
        assertEquals(List.of(), plugins());
    }

    @Test
    void pluginThatDoesNotResolveGoesNowhere() throws Exception {
        TestNode w1 = worker("w1");
        cluster.awaitReady("w1");
        CallException refused =
                refused(() ->
                        cluster.operator.install(
                                FISH.importing(
                                        "org.stagedpipe.api;version=\"[1.0,2)\",org.foo;version=\"[1,2)\"")));
        assertEquals(Kind.REFUSED, refused.kind());
        assertEquals(
                "fish 1.0.0 does not resolve on worker w1: missing package org.foo [1.0.0,2.0.0)",
                refused.getMessage());
        assertTrue(w1.plans.stream().allMatch(plan -> plan.getPluginsCount() == 0));
        assertEquals(0, blobs());
    }

    @Test
    void installsWithoutWorkersAndSaysWhatWasNotChecked() throws Exception {
        List<Progress> progress = cluster.operator.install(FISH);
        assertTrue(
                progress.stream()
                        .anyMatch(p -> p.getText().equals("not checked: no worker is connected")));
        TestNode w1 = worker("w1");
        cluster.awaitReady("w1");
        assertEquals(List.of("1.0.0"), versions(w1.plans.getFirst().getPluginsList()));
    }

    @Test
    void sameVersionWithOtherBytesIsRefusedWithBothDigests() throws Exception {
        cluster.operator.install(FISH);
        CallException refused = refused(() -> cluster.operator.update(FISH.containing("other")));
        assertEquals(Kind.EXISTS, refused.kind());
        assertTrue(refused.getMessage().contains(hex(FISH.bytes())), refused.getMessage());
        assertTrue(
                refused.getMessage().contains(hex(FISH.containing("other").bytes())),
                refused.getMessage());
    }

    @Test
    void sameVersionWithSameBytesIsNothingToDo() throws Exception {
        cluster.operator.install(FISH);
        List<Progress> again = cluster.operator.install(FISH);
        assertTrue(again.stream().anyMatch(p -> p.getText().endsWith("nothing to do")));
        assertEquals("1.0.0", again.getLast().getResult().getCurrent().getVersion());
    }

    @Test
    void installOfWhatIsThereAndUpdateOfWhatIsNotAreRefused() throws Exception {
        cluster.operator.install(FISH);
        CallException exists = refused(() -> cluster.operator.install(FISH_1_1));
        assertEquals(Kind.EXISTS, exists.kind());
        assertTrue(exists.getMessage().startsWith("fish is installed, version 1.0.0"));
        CallException unknown =
                refused(() -> cluster.operator.update(TestBundle.of("fisk", "1.0.0")));
        assertEquals(Kind.NOT_FOUND, unknown.kind());
        assertEquals(
                "unknown plugin \"fisk\" (expected: one of fish); did you mean fish?",
                unknown.getMessage());
    }

    @Test
    void verifyChangesNothing() throws Exception {
        List<Progress> progress = cluster.operator.publish(Mode.VERIFY, FISH.bytes(), 0);
        assertEquals("fish", progress.getLast().getResult().getName());
        assertEquals(List.of(), plugins());
        assertEquals(0, blobs());
    }

    @Test
    void textFileIsRefused() {
        CallException refused =
                refused(() -> cluster.operator.publish(Mode.INSTALL, "hello".getBytes(), 0));
        assertEquals(Kind.INVALID, refused.kind());
        assertTrue(refused.getMessage().startsWith("test.jar: no jar: "), refused.getMessage());
    }

    @Test
    void uninstallTakesThePluginOutAndRemembersItsBytes() throws Exception {
        TestNode w1 = worker("w1");
        TestNode c1 = coordinator("c1");
        cluster.awaitReady("w1", "c1");
        cluster.operator.install(FISH);
        c1.route("it", route -> true);
        cluster.operator.uninstall("fish");
        assertEquals(List.of(), plugins());
        PluginEntry gone =
                cluster.operator.ask(
                        Rpcs.DESCRIBE_PLUGIN,
                        DescribePluginRequest.newBuilder().setName("fish").build());
        assertFalse(gone.hasCurrent());
        assertEquals(1, gone.getVersionsCount(), "its history");
        until("it is not routed", () -> c1.views.getLast().getRoutesCount() == 0);
        until("nothing is planned", () -> w1.plans.getLast().getPluginsCount() == 0);
        assertEquals(Kind.NOT_FOUND, refused(() -> cluster.operator.uninstall("fish")).kind());
        assertEquals(
                Kind.EXISTS,
                refused(() -> cluster.operator.install(FISH.containing("other"))).kind());
        cluster.operator.install(FISH);
        assertEquals(1, plugins().size());
    }

    @Test
    void assignsAReadyCoordinatorForAKnownPlugin() throws Exception {
        try (Connection client =
                Connection.to(cluster.overseer.nodesAt(), Security.loopbackOnly())) {
            AssignRequest fish = AssignRequest.newBuilder().setPlugin("fish").build();
            assertEquals(Kind.NOT_FOUND, refused(() -> assign(client, fish)).kind());
            cluster.operator.install(FISH);
            assertEquals(Kind.UNREACHABLE, refused(() -> assign(client, fish)).kind());
            coordinator("c1");
            coordinator("c2");
            cluster.awaitReady("c1", "c2");
            for (String avoided : List.of("c1", "c2")) {
                AssignRequest avoiding = fish.toBuilder().addAvoid(avoided).build();
                for (int i = 0; i < 10; i++) {
                    assertEquals(avoided.equals("c1") ? "c2" : "c1", assign(client, avoiding));
                }
            }
        }
    }

    @Test
    void nodesFetchBundlesFromAnyOffset() throws Exception {
        byte[] bytes = FISH.bytes();
        cluster.operator.install(FISH);
        try (Connection node = Connection.to(cluster.overseer.nodesAt(), Security.loopbackOnly())) {
            byte[] tail = fetch(node, TestBundle.sha256(bytes), 100);
            assertArrayEquals(java.util.Arrays.copyOfRange(bytes, 100, bytes.length), tail);
            assertEquals(Kind.NOT_FOUND, refused(() -> fetch(node, new byte[32], 0)).kind());
            assertEquals(
                    Kind.INVALID,
                    refused(() -> fetch(node, TestBundle.sha256(bytes), bytes.length + 1)).kind());
        }
    }

    private static byte[] fetch(Connection node, byte[] sha256, long offset) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Exchange<FetchRequest, FetchResponse> exchange =
                node.exchange(Rpcs.FETCH, Duration.ofSeconds(20))) {
            exchange.send(
                    FetchRequest.newBuilder()
                            .setSha256(ByteString.copyFrom(sha256))
                            .setOffset(offset)
                            .build());
            exchange.complete();
            for (FetchResponse next = exchange.next(); next != null; next = exchange.next()) {
                next.getData().writeTo(bytes);
            }
        }
        return bytes.toByteArray();
    }

    private static String hex(byte[] bytes) {
        return java.util.HexFormat.of().formatHex(TestBundle.sha256(bytes));
    }
}
