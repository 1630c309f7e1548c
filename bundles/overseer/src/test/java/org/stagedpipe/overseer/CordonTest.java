package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.AssignRequest;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.protocol.v1.CordonNodeRequest;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.util.List;

/// Nodes that get nothing new because an operator wants it so.
class CordonTest extends OneOverseer {

    @Override
    @BeforeEach
    void open() throws Exception {
        cluster = TestOverseer.slow(data, 0);
    }

    @Test
    void cordonedNodesGetNothingNew() throws Exception {
        cluster.operator.install(FISH);
        worker("w1");
        TestNode c1 = coordinator("c1");
        coordinator("c2");
        cluster.awaitReady("w1", "c1", "c2");
        until("c1 sees w1", () -> c1.views.getLast().getWorkersCount() == 1);
        AssignRequest fish = AssignRequest.newBuilder().setPlugin("fish").build();

        cordon("w1", true);
        assertEquals("cordoned", cordon("c1", true).getState());
        until("w1 takes nothing", () -> !c1.views.getLast().getWorkers(0).getReady());
        try (Connection client =
                Connection.to(cluster.overseer.nodesAt(), Security.loopbackOnly())) {
            for (int i = 0; i < 10; i++) {
                assertEquals("c2", assign(client, fish));
            }
            cordon("c2", true);
            assertEquals(Kind.UNREACHABLE, refused(() -> assign(client, fish)).kind());
        }
        cluster.operator.update(FISH_1_1); // is installed there all the same

        assertEquals("ready", cordon("w1", false).getState());
        until("w1 takes items", () -> c1.views.getLast().getWorkers(0).getReady());
        assertEquals(Kind.NOT_FOUND, refused(() -> cordon("w2", true)).kind());
        assertEquals(
                Kind.NOT_FOUND,
                refused(() ->
                                cluster.operator.ask(
                                        Rpcs.CORDON_NODE,
                                        CordonNodeRequest.newBuilder()
                                                .setName("w3")
                                                .setCordoned(true)
                                                .setDrained(true)
                                                .build()))
                        .kind());
        List<AuditEntry> audit = cluster.operator.audit("");
        for (String action :
                List.of("cordon node w1", "resume node w1", "cordon node w2", "drain node w3")) {
            assertTrue(audit.stream().anyMatch(entry -> entry.getAction().equals(action)), action);
        }
    }

    @Test
    void aCordonOutlivesTheOverseerAndTheNode() throws Exception {
        TestNode before = worker("w1");
        cluster.awaitReady("w1");
        cordon("w1", true);
        before.close();
        cluster.close();
        cluster = new TestOverseer(data);
        worker("w1");
        until("w1 is back", () -> "cordoned".equals(cluster.state("w1")));
        cordon("w1", false);
        until("ready", () -> "ready".equals(cluster.state("w1")));
    }

    @Test
    void aCordonedCoordinatorIsToldSo() throws Exception {
        cluster.close();
        cluster = TestOverseer.patient(data, 0); // one that comes again is told again
        TestNode c1 = coordinator("c1");
        until("told at first", () -> c1.cordons.equals(List.of(false)));
        cordon("c1", true);
        cordon("c1", true);
        cordon("c1", false);
        until("told of each change", () -> c1.cordons.equals(List.of(false, true, false)));
    }

    @Test
    void saysWhetherCoordinatorsKnow() throws Exception {
        worker("w1");
        TestNode c1 = coordinator("c1");
        coordinator("c2");
        cluster.awaitReady("w1", "c1", "c2");
        until("c1 sees w1", () -> c1.views.getLast().getWorkersCount() == 1);
        c1.silent();
        assertTrue(cordon("w1", true).getCordoning());
        assertTrue(cordon("c2", true).getCordoning());
        until("c1 hears of both", () -> c1.views.size() >= 2 && !ready(c1));
        assertTrue(isCordoning("w1"));
        c1.speak();
        until("all know", () -> !isCordoning("w1") && !isCordoning("c2"));
        cordon("c2", false);
        assertTrue(cluster.nodes().stream().noneMatch(NodeEntry::getCordoning));
    }

    private static boolean ready(TestNode coordinator) {
        return coordinator.views.getLast().getWorkers(0).getReady();
    }

    private boolean isCordoning(String name) throws CallException, InterruptedException {
        return cluster.nodes().stream()
                .anyMatch(node -> node.getName().equals(name) && node.getCordoning());
    }

    @Test
    void aChangeDoesNotWaitForACordonedWorkerIfThereAreOthers() throws Exception {
        worker("w1");
        TestNode w2 = worker("w2");
        cluster.awaitReady("w1", "w2");
        cordon("w2", true);
        w2.silent();
        cluster.operator.install(FISH);
        cordon("w1", true);
        w2.installing(plugin -> TestNode.failed(plugin, "no disk"));
        CallException refused = refused(() -> cluster.operator.update(FISH_1_1));
        assertTrue(refused.getMessage().contains("w2"), refused.getMessage());
    }

    @Test
    void norNeedItResolveThere() throws Exception {
        worker("w1");
        opened(TestNode.bareWorker("w2", cluster.overseer.nodesAt()));
        cluster.awaitReady("w1", "w2");
        String why = "fish 1.0.0 does not resolve on worker w2: ";
        CallException refused = refused(() -> cluster.operator.install(FISH));
        assertTrue(refused.getMessage().startsWith(why), refused.getMessage());
        cordon("w2", true);
        List<Progress> progress = cluster.operator.install(FISH);
        assertTrue(
                progress.stream().anyMatch(step -> step.getText().startsWith(why)),
                progress::toString);
        assertTrue(
                progress.stream().anyMatch(step -> step.getText().equals("resolves on 1 worker")),
                progress::toString);
    }

    private NodeEntry cordon(String name, boolean cordoned)
            throws CallException, InterruptedException {
        return cluster.operator.ask(
                Rpcs.CORDON_NODE,
                CordonNodeRequest.newBuilder()
                        .setName(name)
                        .setCordoned(cordoned)
                        .setOperator("ann")
                        .build());
    }
}
