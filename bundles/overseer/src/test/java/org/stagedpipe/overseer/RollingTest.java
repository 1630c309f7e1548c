package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Load;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.protocol.v1.VersionOutcomes;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// A version that a growing share of the groups gets.
class RollingTest {

    private static final TestBundle FISH = TestBundle.of("fish", "1.0.0");
    private static final TestBundle FISH_1_1 = TestBundle.of("fish", "1.1.0");
    private static final CanaryPolicy POLICY =
            CanaryPolicy.newBuilder()
                    .setPercent(20)
                    .addFurtherPercents(50)
                    .addFurtherPercents(80)
                    .setMaxErrorRate(0.1)
                    .setMinItems(10)
                    .build();
    private static final CanaryPolicy GATED = POLICY.toBuilder().setGated(true).build();

    @TempDir private Path data;
    private TestOverseer cluster;
    private TestNode first;
    private TestNode second;
    private TestNode coordinator;
    private int beats;

    @BeforeEach
    void open() throws Exception {
        cluster = TestOverseer.slow(data, 0);
        Endpoint overseer = cluster.overseer.nodesAt();
        first = TestNode.worker("w1", overseer).open();
        second = TestNode.worker("w2", overseer).open();
        coordinator = TestNode.coordinator("c1", overseer).open();
        cluster.awaitReady("w1", "w2", "c1");
        cluster.operator.install(FISH);
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
        coordinator.close();
        cluster.close();
    }

    @Test
    void shareGrowsWhileItHolds() throws Exception {
        cluster.operator.canary(FISH_1_1, POLICY);
        outcomes(0, 0, 0);
        for (int step = 1; step <= 3; step++) {
            assertEquals(step, cluster.operator.rollout().getStep());
            assertRouted(List.of(20, 50, 80).get(step - 1), route -> route.getCanaryPercent());
            assertRouted("1.0.0", route -> route.getCurrent().getVersion());
            List<String> workers = step < 3 ? List.of("w1") : List.of("w1", "w2");
            assertEquals(workers, cluster.operator.rollout().getWorkersList());
            assertRouted(workers, Route::getCanaryWorkersList);
            assertEquals(step < 3, holding(second.plans) == 0);
            outcomes(100L * step, 10L * step, 0);
            awaitAfter(step);
        }
        until("routed", () -> route().getCurrent().getVersion().equals("1.1.0"));
        assertRouted(false, Route::hasCanary);
        until("the old one leaves", () -> first.plans.getLast().getPluginsCount() == 1);
    }

    @Test
    void anyStepMayBreakAndThenNobodyGetsItAnyMore() throws Exception {
        cluster.operator.canary(FISH_1_1, POLICY);
        outcomes(0, 0, 0);
        outcomes(100, 10, 0);
        until("the second step", () -> cluster.operator.rollout().getStep() == 2);
        outcomes(200, 20, 5);
        until("rolled back", () -> cluster.operator.rollout().getState().equals("rolled_back"));
        until("no share", () -> !route().hasCanary());
        assertRouted("1.0.0", route -> route.getCurrent().getVersion());
    }

    @Test
    void gateWaitsForAnApprovalOfEachStep() throws Exception {
        cluster.operator.canary(FISH_1_1, GATED);
        outcomes(0, 0, 0);
        for (int step = 1; step <= 3; step++) {
            outcomes(100L * step, 10L * step, 0);
            until("waits", () -> cluster.operator.rollout().getState().equals("waiting"));
            assertEquals(step, cluster.operator.rollout().getStep());
            RolloutEntry next =
                    cluster.operator.decide(cluster.operator.rollout().getId(), Decision.APPROVE);
            assertEquals("spreading", next.getState());
            awaitAfter(step);
        }
        assertRouted("1.1.0", route -> route.getCurrent().getVersion());
        until(
                "each move is in the audit log",
                () ->
                        moves().equals(
                                        List.of(
                                                "install",
                                                "update",
                                                "rollout gate",
                                                "rollout approve",
                                                "rollout next",
                                                "rollout gate",
                                                "rollout approve",
                                                "rollout next",
                                                "rollout gate",
                                                "rollout approve",
                                                "rollout finish")));
    }

    private List<String> moves() throws Exception {
        return cluster.operator.audit("fish").stream()
                .map(entry -> entry.getAction().split(":")[0])
                .toList();
    }

    @Test
    void whatWaitsForAnApprovalIsStillJudged() throws Exception {
        cluster.operator.canary(FISH_1_1, GATED);
        outcomes(0, 0, 0);
        outcomes(100, 10, 0);
        until("waits", () -> cluster.operator.rollout().getState().equals("waiting"));
        outcomes(200, 10, 10);
        until("rolled back", () -> cluster.operator.rollout().getState().equals("rolled_back"));
    }

    @Test
    void firstBatchOfWorkersShieldsTheOthers() throws Exception {
        first.installing(plugin ->
                plugin.getVersion().equals("1.1.0")
                        ? TestNode.failed(plugin, "no table")
                        : TestNode.ready(plugin));
        assertThrows(CallException.class, () -> cluster.operator.canary(FISH_1_1, POLICY));
        assertEquals("rolled_back", cluster.operator.rollout().getState());
        assertEquals(0, holding(second.plans));
        assertFalse(holding(first.plans) == 0);
    }

    @Test
    void firstWorkersMayBeANumber() throws Exception {
        first.installing(plugin ->
                plugin.getVersion().equals("1.1.0")
                        ? TestNode.failed(plugin, "no table")
                        : TestNode.ready(plugin));
        CanaryPolicy one = POLICY.toBuilder().clearFurtherPercents().clearPercent().build();
        CanaryPolicy counted = one.toBuilder().setFirstWorkers(1).build();
        assertThrows(CallException.class, () -> cluster.operator.canary(FISH_1_1, counted));
        assertEquals(0, holding(second.plans));
        first.installing(TestNode::ready);
        cluster.operator.canary(FISH_1_1, counted);
        assertEquals(1, cluster.operator.rollout().getCanary().getFirstWorkers());
        assertRouted(50, route -> route.getCanaryPercent()); // one of two workers
        assertRouted(List.of("w1"), Route::getCanaryWorkersList);
        assertEquals(0, holding(second.plans));
        for (CanaryPolicy bad :
                List.of(
                        counted.toBuilder().setPercent(20).build(),
                        one.toBuilder().setFirstWorkers(2).build())) {
            CallException refused =
                    assertThrows(CallException.class, () -> cluster.operator.canary(FISH_1_1, bad));
            assertEquals(Kind.INVALID, refused.kind());
            assertTrue(
                    refused.getMessage().contains("first workers: " + bad.getFirstWorkers()),
                    refused.getMessage());
        }
    }

    @Test
    void stepsFollowTheFirstWorkers() throws Exception {
        cluster.operator.canary(
                FISH_1_1, GATED.toBuilder().clearPercent().setFirstWorkers(1).build());
        assertEquals(50, cluster.operator.rollout().getCanary().getPercent()); // one of two
        assertEquals(List.of(80), cluster.operator.rollout().getCanary().getFurtherPercentsList());
        assertRouted(List.of("w1"), Route::getCanaryWorkersList);
        cluster.operator.decide(cluster.operator.rollout().getId(), Decision.APPROVE);
        awaitAfter(1);
        assertRouted(80, route -> route.getCanaryPercent());
        assertRouted(List.of("w1", "w2"), Route::getCanaryWorkersList);
    }

    @Test
    void firstWorkersAreCountedAmongAllThatTheOverseerBeforeKnew() throws Exception {
        int port = cluster.overseer.nodesAt().port();
        second.close();
        cluster.close();
        TestOverseer.store(data).workers(Set.of("w1", "w2"));
        cluster = TestOverseer.patient(data, port);
        cluster.awaitReady("w1");
        CanaryPolicy one =
                POLICY.toBuilder().clearFurtherPercents().clearPercent().setFirstWorkers(1).build();
        try (InBackground<?> update =
                InBackground.of(() -> cluster.operator.canary(FISH_1_1, one))) {
            second = TestNode.worker("w2", cluster.overseer.nodesAt()).open();
            update.await();
        }
        assertEquals(50, cluster.operator.rollout().getPercent());
    }

    /// And the others never had it.
    @Test
    void whatTheFirstWorkersHaveIsTakenBackFromThem() throws Exception {
        cluster.operator.canary(FISH_1_1, GATED);
        assertTrue(holding(first.plans) > 0);
        cluster.operator.decide(cluster.operator.rollout().getId(), Decision.ABORT);
        until("it leaves", () -> first.plans.getLast().getPluginsCount() == 1);
        assertEquals(List.of(), cluster.operator.rollout().getWorkersList());
        assertRouted(false, Route::hasCanary);
        assertEquals(0, holding(second.plans));
    }

    @Test
    void workerOfALaterStepThatCannotStartItRollsItBack() throws Exception {
        second.installing(plugin ->
                plugin.getVersion().equals("1.1.0")
                        ? TestNode.failed(plugin, "no table")
                        : TestNode.ready(plugin));
        cluster.operator.canary(FISH_1_1, GATED);
        String id = cluster.operator.rollout().getId();
        cluster.operator.decide(id, Decision.APPROVE);
        awaitAfter(1);
        assertEquals(0, holding(second.plans));
        cluster.operator.decide(id, Decision.APPROVE);
        until("rolled back", () -> cluster.operator.rollout().getState().equals("rolled_back"));
        String text = cluster.operator.rollout().getText();
        assertTrue(text.startsWith("worker w2: ") && text.contains("no table"), text);
        assertRouted(false, Route::hasCanary);
        until("it leaves", () -> first.plans.getLast().getPluginsCount() == 1);
    }

    @Test
    void theOperatorsTimeoutIsThatOfEachStep() throws Exception {
        cluster.operator.canary(FISH_1_1, GATED.toBuilder().clearFurtherPercents().build(), 2_000);
        second.silent();
        cluster.operator.decide(cluster.operator.rollout().getId(), Decision.APPROVE);
        until("rolled back", () -> cluster.operator.rollout().getState().equals("rolled_back"));
        assertEquals(
                "worker w2 did not answer within 2000 ms", cluster.operator.rollout().getText());
    }

    @Test
    void abortEndsTheWaitForTheWorkersOfTheNextStep() throws Exception {
        second.silent();
        CanaryPolicy one = GATED.toBuilder().clearFurtherPercents().build();
        cluster.operator.canary(FISH_1_1, one);
        String id = cluster.operator.rollout().getId();
        cluster.operator.decide(id, Decision.APPROVE);
        until("it is on its way to the second", () -> holding(second.plans) > 0);
        assertEquals("spreading", cluster.operator.rollout().getState());
        assertRouted(20, route -> route.getCanaryPercent());
        cluster.operator.decide(id, Decision.ABORT);
        until("it leaves", () -> second.plans.getLast().getPluginsCount() == 1);
        assertEquals("rolled_back", cluster.operator.rollout().getState());
        assertRouted(false, Route::hasCanary);
        second.speak();
        cluster.operator.update(FISH_1_1);
        assertRouted("1.1.0", route -> route.getCurrent().getVersion());
    }

    @Test
    void whoJoinsGetsItWithItsStep() throws Exception {
        cluster.operator.canary(FISH_1_1, GATED);
        try (TestNode third = TestNode.worker("w0", cluster.overseer.nodesAt()).open()) {
            cluster.awaitReady("w0");
            assertEquals(List.of("w1"), cluster.operator.rollout().getWorkersList());
            assertEquals(0, holding(third.plans));
            cluster.operator.decide(cluster.operator.rollout().getId(), Decision.APPROVE);
            until("the second step", () -> cluster.operator.rollout().getStep() == 2);
            assertEquals(List.of("w0", "w1"), cluster.operator.rollout().getWorkersList());
            assertTrue(holding(third.plans) > 0);
            assertEquals(0, holding(second.plans));
        }
    }

    /// No other takes the place of one that it may have killed: it would go through all of them.
    @Test
    void itIsRolledBackIfNobodyIsLeftWhoHasIt() throws Exception {
        cluster.operator.canary(FISH_1_1, GATED);
        first.close();
        until("rolled back", () -> cluster.operator.rollout().getState().equals("rolled_back"));
        assertEquals(
                "no worker that has it is here any more (expected: at least one of w1)",
                cluster.operator.rollout().getText());
        assertRouted(false, Route::hasCanary);
        assertEquals(0, holding(second.plans));
    }

    /// It may be the version that killed it; its supervisor starts it again.
    @Test
    void nobodyTakesThePlaceOfOneThatIsAwayWhenItsStepIsOver() throws Exception {
        Line line = killable();
        cluster.operator.canary(FISH_1_1, GATED);
        String id = cluster.operator.rollout().getId();
        kill(line);
        until("it is lost", () -> cluster.state("w1").equals("lost"));
        cluster.operator.decide(id, Decision.APPROVE);
        String waits = "rollout " + id + " does not go on yet: it waits for w1 to be back";
        until(
                "a look at the workers",
                () ->
                        TestLog.warnings(id).contains(waits)
                                || cluster.operator.rollout().getStep() == 2);
        assertEquals("spreading", cluster.operator.rollout().getState());
        reopen();
        until("the second step", () -> cluster.operator.rollout().getStep() == 2);
        assertEquals(List.of("w1"), cluster.operator.rollout().getWorkersList());
        assertEquals(0, holding(second.plans));
        assertEquals(List.of(waits), TestLog.warnings(id));
    }

    @Test
    void nobodyGetsTheNextStepWhileOneOfThisOneIsAway() throws Exception {
        Line line = killable();
        second.silent();
        cluster.operator.canary(FISH_1_1, GATED.toBuilder().clearFurtherPercents().build());
        String id = cluster.operator.rollout().getId();
        cluster.operator.decide(id, Decision.APPROVE);
        until("it is on its way to the second", () -> holding(second.plans) > 0);
        until("the first has it again", () -> second.plans.getLast().equals(first.plans.getLast()));
        awaitHeartbeat("w1");
        kill(line);
        until("it is lost", () -> cluster.state("w1").equals("lost"));
        second.speak();
        until(
                "the second has it",
                () ->
                        !TestLog.warnings(id).isEmpty()
                                || !cluster.operator.rollout().getState().equals("spreading"));
        assertEquals(
                "rollout "
                        + id
                        + " does not go on yet: w1: away (expected: back, or gone for two leases)",
                TestLog.warnings(id).getFirst());
        assertRouted("1.0.0", route -> route.getCurrent().getVersion());
        reopen();
        assertRouted("1.1.0", route -> route.getCurrent().getVersion());
    }

    /// Before which its answers have come.
    private void awaitHeartbeat(String worker) throws Exception {
        long from = System.currentTimeMillis();
        until(
                "a heartbeat",
                () ->
                        cluster.nodes().stream()
                                .anyMatch(node ->
                                        node.getName().equals(worker)
                                                && node.getLastSeenMs() > from));
    }

    @Test
    void oneThatKillsItsWorkerAgainIsRolledBack() throws Exception {
        Line line = killable();
        cluster.operator.canary(FISH_1_1, GATED);
        for (int time = 1; time <= 2; time++) {
            assertEquals("canary", cluster.operator.rollout().getState());
            kill(line);
            until("it is lost", () -> cluster.state("w1").equals("lost"));
            line = killable();
        }
        until("rolled back", () -> cluster.operator.rollout().getState().equals("rolled_back"));
        assertEquals(
                "worker w1 ended without leaving, or was lost, 2 times in this step (expected: at"
                        + " most 1, one more than any worker without fish 1.1.0)",
                cluster.operator.rollout().getText());
        assertRouted(false, Route::hasCanary);
        assertEquals(0, holding(second.plans));
    }

    /// The first worker's way to the overseer.
    private Line killable() throws Exception {
        first.close();
        Line line = new Line(cluster.overseer.nodesAt());
        first = TestNode.worker("w1", line.endpoint()).open();
        until("it is here", () -> cluster.state("w1").equals("ready"));
        return line;
    }

    /// Ends the first worker; nothing that it says as it ends arrives.
    private void kill(Line line) throws Exception {
        line.mute();
        Thread ends = Thread.ofPlatform().name("test-end").start(first::close);
        until("it ends", () -> ends.getState() == Thread.State.TIMED_WAITING || !ends.isAlive());
        line.cut();
        ends.join();
    }

    /// The first worker as another process.
    private void reopen() {
        first.close();
        first = TestNode.worker("w1", cluster.overseer.nodesAt()).open();
    }

    @Test
    void workersMayLeaveAndJoinInTheMiddle() throws Exception {
        cluster.operator.canary(FISH_1_1, GATED);
        second.close();
        reopen();
        until("it holds both", () -> holding(first.plans) > 0);
        assertEquals("canary", cluster.operator.rollout().getState());
    }

    @Test
    void aWorkerMayLeaveWhileItIsPushed() throws Exception {
        second.silent();
        try (InBackground<List<Progress>> update =
                InBackground.of(() -> cluster.operator.update(FISH_1_1))) {
            until("it is pushed", () -> holding(second.plans) > 0);
            assertEquals("pushing", cluster.operator.rollout().getState());
            second.close();
            List<Progress> progress = update.await();
            assertTrue(
                    progress.stream().anyMatch(step -> step.getText().equals("w2: went away")),
                    progress::toString);
        }
        assertEquals("done", cluster.operator.rollout().getState());
        assertRouted("1.1.0", route -> route.getCurrent().getVersion());
    }

    @Test
    void aWorkerThatJoinsWhileItIsPushedIsNotWaitedFor() throws Exception {
        first.silent();
        try (InBackground<?> update =
                        InBackground.of(() -> cluster.operator.canary(FISH_1_1, POLICY));
                TestNode third = TestNode.worker("w3", cluster.overseer.nodesAt())) {
            until("it is pushed to the first", () -> holding(first.plans) > 0);
            third.open();
            cluster.awaitReady("w3");
            assertEquals("pushing", cluster.operator.rollout().getState());
            first.speak();
            update.await();
            assertEquals("canary", cluster.operator.rollout().getState());
            assertEquals(0, holding(third.plans));
            assertRouted(true, Route::hasCanary);
        }
    }

    /// The overseer died right before or after each transition; the store is what is left.
    @ParameterizedTest
    @EnumSource(RolloutState.class)
    void nextOverseerGoesOnFromEachState(RolloutState state) throws Exception {
        int port = cluster.overseer.nodesAt().port();
        cluster.close();
        leave(state, List.of("w1"));
        cluster = new TestOverseer(data, port);
        cluster.awaitReady("w1", "w2", "c1");

        boolean isTried = state.isTried() && state != RolloutState.SPREADING;
        boolean isDone = state == RolloutState.DONE || state == RolloutState.SPREADING;
        String expected =
                state == RolloutState.PUSHING
                        ? "rolled_back"
                        : isDone ? "done" : RolloutWire.word(state);
        until(expected, () -> cluster.operator.rollout().getState().equals(expected));
        until("the share", () -> coordinator.views.getLast().getRevision() > 0);
        until("the route", () -> route().hasCanary() == isTried);
        assertRouted(isTried ? 50 : 0, route -> route.getCanaryPercent());
        assertRouted(isTried ? List.of("w1") : List.of(), Route::getCanaryWorkersList);
        assertRouted(isDone ? "1.1.0" : "1.0.0", route -> route.getCurrent().getVersion());
        int held = isTried ? 2 : 1;
        until("the plan", () -> first.plans.getLast().getPluginsCount() == held);
        until("the other's plan", () -> isDone == holding(second.plans) > 0);
    }

    /// Which gave a canary to all workers at once.
    @Test
    void aCanaryThatAnOverseerOfAVersionBeforeBeganStaysOnAllWorkers() throws Exception {
        int port = cluster.overseer.nodesAt().port();
        cluster.close();
        leave(RolloutState.WAITING, List.of());
        cluster = new TestOverseer(data, port);
        cluster.awaitReady("w1", "w2", "c1");
        assertEquals("waiting", cluster.operator.rollout().getState());
        until("the plan", () -> second.plans.getLast().getPluginsCount() == 2);
        assertRouted(50, route -> route.getCanaryPercent());
        assertRouted(List.of(), Route::getCanaryWorkersList);
        cluster.operator.decide(cluster.operator.rollout().getId(), Decision.APPROVE);
        assertRouted("1.1.0", route -> route.getCurrent().getVersion());
    }

    private void leave(RolloutState state, List<String> workers) throws Exception {
        EnsembleStore store = TestOverseer.store(data);
        PluginVersion from = store.catalogue().current().getFirst();
        PluginVersion to = new PluginVersion("fish", "1.1.0", "1".repeat(64), 1);
        CatalogueEntry entry = store.catalogue().known("fish").orElseThrow();
        CatalogueEntry both =
                entry.published(
                                new Publication(
                                        to, 1, "fish.jar", "ann", 0, List.of(), List.of(), null))
                        .routed(state == RolloutState.DONE ? to : from);
        RolloutRecord rollout =
                new RolloutRecord(
                        "r1",
                        from,
                        to,
                        new org.stagedpipe.cluster.catalogue.CanaryPolicy(
                                List.of(20, 50),
                                new org.stagedpipe.cluster.catalogue.CanaryPolicy.Thresholds(
                                        0.1, 0, 10),
                                Duration.ofMinutes(1),
                                true),
                        state,
                        1,
                        workers,
                        "",
                        "ann",
                        1,
                        1);
        store.replace(store.catalogue().with(both, rollout));
    }

    private void awaitAfter(int step) throws Exception {
        until(
                "what comes after step " + step,
                () ->
                        cluster.operator.rollout().getStep() > step
                                || cluster.operator.rollout().getState().equals("done"));
    }

    /// What the coordinator has counted in all, and waits until the overseer knows.
    private void outcomes(long oldOk, long newOk, long newFailed) throws Exception {
        RolloutEntry rollout = cluster.operator.rollout();
        int load = ++beats;
        coordinator.heartbeat(
                Heartbeat.newBuilder()
                        .setLoad(Load.newBuilder().setItemsInFlight(load))
                        .addOutcomes(
                                VersionOutcomes.newBuilder()
                                        .setPlugin(rollout.getFrom())
                                        .setOk(oldOk))
                        .addOutcomes(
                                VersionOutcomes.newBuilder()
                                        .setPlugin(rollout.getTo())
                                        .setOk(newOk)
                                        .setFailed(newFailed))
                        .build());
        until(
                "the heartbeat is there",
                () ->
                        cluster.nodes().stream()
                                .anyMatch(node -> node.getLoad().getItemsInFlight() == load));
    }

    private static long holding(List<WorkerPlan> plans) {
        return plans.stream()
                .filter(plan ->
                        plan.getPluginsList().stream()
                                .anyMatch(plugin -> plugin.getVersion().equals("1.1.0")))
                .count();
    }

    /// What coordinators learn a moment after the catalogue has it.
    private void assertRouted(Object expected, Function<Route, Object> what) throws Exception {
        until("routed: " + expected, () -> expected.equals(what.apply(route())));
    }

    private Route route() {
        return coordinator.views.getLast().getRoutes(0);
    }
}
