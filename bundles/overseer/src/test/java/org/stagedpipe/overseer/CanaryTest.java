package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.protocol.v1.VersionOutcomes;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/// A new version that is tried on a share of the new groups.
class CanaryTest {

    private static final TestBundle FISH = TestBundle.of("fish", "1.0.0");
    private static final TestBundle FISH_1_1 = TestBundle.of("fish", "1.1.0");
    private static final CanaryPolicy POLICY =
            CanaryPolicy.newBuilder()
                    .setPercent(20)
                    .setMaxErrorRate(0.1)
                    .setHoldMs(0)
                    .setMinItems(10)
                    .build();

    @TempDir private Path data;
    private TestOverseer cluster;
    private TestNode worker;
    private TestNode coordinator;

    @BeforeEach
    void open() throws Exception {
        open(TestOverseer.slow(data, 0));
    }

    private void open(TestOverseer opened) throws Exception {
        cluster = opened;
        Endpoint overseer = cluster.overseer.nodesAt();
        worker = TestNode.worker("w1", overseer).open();
        coordinator = TestNode.coordinator("c1", overseer).open();
        cluster.awaitReady("w1", "c1");
        cluster.operator.install(FISH);
    }

    @AfterEach
    void close() {
        worker.close();
        coordinator.close();
        cluster.close();
    }

    @Test
    void shareOfNewGroupsGetsItAndTheOldOneStaysWarm() throws Exception {
        cluster.operator.canary(FISH_1_1, POLICY);

        assertEquals("canary", cluster.operator.rollout().getState());
        Route route = coordinator.route("the canary", Route::hasCanary);
        assertEquals("1.0.0", route.getCurrent().getVersion());
        assertEquals("1.1.0", route.getCanary().getVersion());
        assertEquals(20, route.getCanaryPercent());
        assertEquals("1.1.0", route.getExact(0).getVersion(), "not for who asks for [1,2)");
        assertEquals(1, route.getKnownCount());
        until("both are planned", () -> worker.plans.getLast().getPluginsCount() == 2);
        assertEquals(
                Kind.CONFLICT,
                assertThrows(CallException.class, () -> cluster.operator.uninstall("fish")).kind());
    }

    @Test
    void rollbackGivesUpWhatIsTried() throws Exception {
        cluster.operator.canary(FISH_1_1, POLICY);
        cluster.operator.rollback("fish", "");
        assertEquals("rolled_back", cluster.operator.rollout().getState());
        assertRouted(false, Route::hasCanary);
        assertRouted("1.0.0", route -> route.getCurrent().getVersion());
        assertRouted(
                "1.1.0", route -> route.getExact(0).getVersion()); // not for who asks for [1,2)
        assertRouted(1, route -> route.getKnownCount());
    }

    @Test
    void aRollbackToAVersionThatThereIsNotLeavesItAsItIs() throws Exception {
        cluster.operator.canary(FISH_1_1, POLICY);
        CallException refused =
                assertThrows(CallException.class, () -> cluster.operator.rollback("fish", "1.1.O"));
        assertEquals(Kind.NOT_FOUND, refused.kind());
        assertEquals("canary", cluster.operator.rollout().getState());
        assertRouted(true, Route::hasCanary);
    }

    @Test
    void aRangeGetsNoVersionThatIsTriedAgain() throws Exception {
        cluster.operator.update(FISH_1_1);
        cluster.operator.update(TestBundle.of("fish", "1.2.0"));
        cluster.operator.rollback("fish", "1.0.0"); // which says nothing against 1.1.0
        assertRouted(3, route -> route.getKnownCount());
        cluster.operator.canary(FISH_1_1, POLICY);
        assertRouted("1.1.0", route -> route.getExact(0).getVersion());
        assertRouted(2, route -> route.getKnownCount());
    }

    @Test
    void versionThatHoldsIsPromoted() throws Exception {
        cluster.operator.canary(FISH_1_1, POLICY);
        outcomes(0, 0, 0, 0); // what is counted begins there
        outcomes(200, 20, 19, 1);
        until("done", () -> cluster.operator.rollout().getState().equals("done"));
        until("routed", () -> route().getCurrent().getVersion().equals("1.1.0"));
        assertRouted(false, Route::hasCanary);
        assertRouted(2, route -> route.getKnownCount());
        until("the old one leaves", () -> worker.plans.getLast().getPluginsCount() == 1);
        assertEquals(
                "overseer: rollout finish: 1 of 20 items failed, 20 of 220 on the old version, of"
                        + " fish 1.1.0 after 1.0.0: done",
                lastChange());
    }

    @Test
    void versionThatFailsMoreOftenIsRolledBack() throws Exception {
        cluster.operator.canary(FISH_1_1, POLICY);
        outcomes(0, 0, 0, 0); // what is counted begins there
        outcomes(200, 0, 15, 5);
        until("rolled back", () -> cluster.operator.rollout().getState().equals("rolled_back"));
        assertEquals(
                "5 of 20 items failed, 0 of 200 on the old version",
                cluster.operator.rollout().getText());
        until("no canary is routed", () -> !route().hasCanary());
        assertRouted("1.0.0", route -> route.getCurrent().getVersion());
        until("the new one leaves", () -> worker.plans.getLast().getPluginsCount() == 1);
        org.stagedpipe.protocol.v1.PluginVersion old = cluster.operator.rollout().getFrom();
        assertTrue( // so that new groups have it at once
                worker.plans.stream()
                        .filter(plan -> plan.getPluginsCount() > 0)
                        .allMatch(plan -> plan.getPluginsList().contains(old)),
                "the old one stays warm");
        assertEquals(
                "overseer: rollout rollback: 5 of 20 items failed, 0 of 200 on the old version, of"
                        + " fish 1.1.0 after 1.0.0: done",
                lastChange());
    }

    @Test
    void pausedCanaryIsNotJudgedUntilItIsResumed() throws Exception {
        cluster.operator.canary(FISH_1_1, POLICY);
        String id = cluster.operator.rollout().getId();
        assertEquals("paused", cluster.operator.decide(id, Decision.PAUSE).getState());
        outcomes(0, 0, 0, 0);
        outcomes(0, 0, 0, 50);
        until("they are counted", () -> cluster.operator.rollout().getNew().getFailed() == 50);
        assertEquals("paused", cluster.operator.rollout().getState());
        cluster.operator.decide(id, Decision.RESUME);
        until("rolled back", () -> cluster.operator.rollout().getState().equals("rolled_back"));
        CallException refused =
                assertThrows(
                        CallException.class, () -> cluster.operator.decide(id, Decision.APPROVE));
        assertEquals(Kind.REFUSED, refused.kind());
        assertTrue(refused.getMessage().contains("is rolled_back"), refused.getMessage());
    }

    @Test
    void operatorDecides() throws Exception {
        cluster.operator.canary(FISH_1_1, POLICY);
        RolloutEntry aborted =
                cluster.operator.decide(cluster.operator.rollout().getId(), Decision.ABORT);
        assertEquals("rolled_back", aborted.getState());
        assertEquals("an operator decided it: ben", aborted.getText());
        cluster.operator.canary(FISH_1_1, POLICY);
        cluster.operator.decide(cluster.operator.rollout().getId(), Decision.APPROVE);
        assertRouted("1.1.0", route -> route.getCurrent().getVersion());
        assertEquals(
                List.of(
                        "install",
                        "update",
                        "rollout abort",
                        "update",
                        "rollout approve",
                        "rollout finish: an operator decided it: ben"),
                cluster.operator.audit("fish").stream().map(entry -> entry.getAction()).toList());
    }

    @Test
    void workerThatCannotStartItRollsItBack() throws Exception {
        worker.installing(plugin ->
                plugin.getVersion().equals("1.1.0")
                        ? TestNode.failed(plugin, "no table")
                        : TestNode.ready(plugin));
        assertThrows(CallException.class, () -> cluster.operator.canary(FISH_1_1, POLICY));
        RolloutEntry rollout = cluster.operator.rollout();
        assertEquals("rolled_back", rollout.getState());
        assertEquals("worker w1: fish 1.1.0 is FAILED: no table", rollout.getText());
        assertRouted(false, Route::hasCanary);
    }

    @Test
    void workerThatCannotStartItRollsItBackAlsoWhileItIsPaused() throws Exception {
        cluster.operator.canary(FISH_1_1, POLICY);
        cluster.operator.decide(cluster.operator.rollout().getId(), Decision.PAUSE);
        worker.heartbeat(
                Heartbeat.newBuilder()
                        .setPlanRevision(worker.plans.getLast().getRevision())
                        .addPlugins(TestNode.failed(cluster.operator.rollout().getTo(), "no table"))
                        .build());
        until("rolled back", () -> cluster.operator.rollout().getState().equals("rolled_back"));
        assertEquals("worker w1: no table", cluster.operator.rollout().getText());
        assertRouted(false, Route::hasCanary);
    }

    @Test
    void abortsWhileWorkersInstall() throws Exception {
        worker.silent();
        try (InBackground<?> update =
                InBackground.of(() -> cluster.operator.canary(FISH_1_1, POLICY))) {
            until("it is pushed", () -> worker.plans.getLast().getPluginsCount() == 2);
            String id = cluster.operator.rollout().getId();
            for (Decision other : List.of(Decision.APPROVE, Decision.PAUSE, Decision.RESUME)) {
                CallException refused =
                        assertThrows(CallException.class, () -> cluster.operator.decide(id, other));
                assertEquals(Kind.REFUSED, refused.kind());
            }
            assertEquals("rolled_back", cluster.operator.decide(id, Decision.ABORT).getState());
            CallException ended = assertThrows(CallException.class, update::await);
            assertEquals(
                    "the rollout of fish 1.1.0 was given up: an operator decided it: ben",
                    ended.getMessage());
        }
        until("the new one leaves", () -> worker.plans.getLast().getPluginsCount() == 1);
        assertRouted(false, Route::hasCanary);
        worker.speak();
        cluster.operator.update(FISH_1_1);
        assertRouted("1.1.0", route -> route.getCurrent().getVersion());
    }

    @Test
    void nothingIsDeletedWhileItIsTried(@TempDir Path other) throws Exception {
        close();
        open(new TestOverseer(other)); // a deletion waits for two leases
        cluster.operator.update(FISH_1_1);
        cluster.operator.canary(TestBundle.of("fish", "1.2.0"), POLICY);
        CallException refused =
                assertThrows(CallException.class, () -> cluster.operator.delete("fish", "1.0.0"));
        assertEquals(Kind.CONFLICT, refused.kind());
        assertTrue(refused.getMessage().contains("of fish 1.2.0 is canary"), refused.getMessage());
        cluster.operator.decide(cluster.operator.rollout().getId(), Decision.ABORT);
        cluster.operator.delete("fish", "1.0.0");
    }

    @Test
    void nextOverseerGoesOnWithACanary() throws Exception {
        cluster.operator.canary(FISH_1_1, POLICY);
        String id = cluster.operator.rollout().getId();
        restart(RolloutState.CANARY);
        assertEquals(id, cluster.operator.rollout().getId());
        until("the canary is routed", () -> route().hasCanary());
        outcomes(0, 0, 0, 0);
        outcomes(0, 0, 20, 0);
        until("done", () -> cluster.operator.rollout().getState().equals("done"));
    }

    @Test
    void nextOverseerRollsBackWhatNobodyWasRoutedTo() throws Exception {
        restart(RolloutState.PUSHING);
        assertEquals("rolled_back", cluster.operator.rollout().getState());
        assertRouted("1.0.0", route -> route.getCurrent().getVersion());
        assertEquals(
                "overseer: rollout rollback: the overseer ended before the workers were ready, of"
                        + " fish 1.1.0 after 1.0.0: done",
                lastChange());
        cluster.operator.update(FISH_1_1);
        assertEquals("done", cluster.operator.rollout().getState());
    }

    @Test
    void nextOverseerKeepsAPausedRollout() throws Exception {
        cluster.operator.canary(FISH_1_1, POLICY);
        cluster.operator.decide(cluster.operator.rollout().getId(), Decision.PAUSE);
        restart(RolloutState.PAUSED);
        assertEquals("paused", cluster.operator.rollout().getState());
        until("the canary is routed", () -> route().hasCanary());
    }

    /// An overseer that died in that state, and the next one.
    private void restart(RolloutState state) throws Exception {
        int port = cluster.overseer.nodesAt().port();
        cluster.close();
        if (state == RolloutState.PUSHING) {
            EnsembleStore store = TestOverseer.store(data);
            PluginVersion from = store.catalogue().current().getFirst();
            PluginVersion to = new PluginVersion("fish", "1.1.0", "0".repeat(64), 1);
            store.replace(
                    store.catalogue()
                            .with(
                                    new RolloutRecord(
                                            "r1", from, to, null, state, 0, "", "ann", 1, 1)));
        }
        cluster = new TestOverseer(data, port);
        cluster.awaitReady("w1", "c1");
    }

    /// What the coordinator has counted in all, and waits until the overseer knows.
    private void outcomes(long oldOk, long oldFailed, long newOk, long newFailed) throws Exception {
        RolloutEntry rollout = cluster.operator.rollout();
        int load = (int) (oldOk + newOk + newFailed + 1);
        coordinator.heartbeat(
                Heartbeat.newBuilder()
                        .setLoad(
                                org.stagedpipe.protocol.v1.Load.newBuilder().setItemsInFlight(load))
                        .addOutcomes(counts(rollout.getFrom(), oldOk, oldFailed))
                        .addOutcomes(counts(rollout.getTo(), newOk, newFailed))
                        .build());
        until(
                "the heartbeat is there",
                () ->
                        cluster.nodes().stream()
                                .anyMatch(node -> node.getLoad().getItemsInFlight() == load));
    }

    private static VersionOutcomes counts(
            org.stagedpipe.protocol.v1.PluginVersion plugin, long ok, long failed) {
        return VersionOutcomes.newBuilder().setPlugin(plugin).setOk(ok).setFailed(failed).build();
    }

    /// The newest entry of the audit log, once it has ended.
    private String lastChange() throws Exception {
        until("it has ended", () -> !audited().getResult().equals("running"));
        AuditEntry last = audited();
        return "%s: %s, of %s %s after %s: %s"
                .formatted(
                        last.getOperator(),
                        last.getAction(),
                        last.getPlugin(),
                        last.getVersion(),
                        last.getBefore(),
                        last.getResult());
    }

    private AuditEntry audited() throws Exception {
        return cluster.operator.audit("fish").getLast();
    }

    /// What coordinators learn a moment after the catalogue has it.
    private void assertRouted(Object expected, Function<Route, Object> what) throws Exception {
        until("routed: " + expected, () -> expected.equals(what.apply(route())));
    }

    private Route route() {
        return coordinator.views.getLast().getRoutes(0);
    }
}
