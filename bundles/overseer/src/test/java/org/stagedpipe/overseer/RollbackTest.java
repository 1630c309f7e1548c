package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.LabelVersionRequest;
import org.stagedpipe.protocol.v1.ListRolloutsRequest;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.RollbackRequest;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Back to a version that was there before.
class RollbackTest extends OneOverseer {

    @Override
    @BeforeEach
    void open() throws Exception {
        cluster = TestOverseer.slow(data, 0);
    }

    @Test
    void rollbackRoutesToTheVersionBeforeAndForwardAgain() throws Exception {
        TestNode w1 = worker("w1");
        TestNode c1 = coordinator("c1");
        cluster.awaitReady("w1", "c1");
        cluster.operator.install(FISH);
        cluster.operator.update(FISH_1_1);

        List<Progress> progress = cluster.operator.rollback("fish", "");

        assertEquals("1.0.0", progress.getLast().getResult().getCurrent().getVersion());
        Route route = c1.route("1.1.0 only for who names it", RollbackTest::isRolledBack);
        assertEquals("1.0.0", route.getCurrent().getVersion());
        assertEquals(List.of("1.0.0"), versions(route.getKnownList()));
        until(
                "only the old version is planned",
                () -> versions(w1.plans.getLast().getPluginsList()).equals(List.of("1.0.0")));
        CallException refused = refused(() -> cluster.operator.rollback("fish", ""));
        assertEquals(Kind.NOT_FOUND, refused.kind());
        assertEquals(
                "fish: no version before 1.0.0 (expected: one of 1.1.0, 1.0.0)",
                refused.getMessage());
        cluster.operator.update(FISH_1_1);
        c1.route("1.1.0 again", now -> now.getKnownCount() == 2);
        assertEquals("1.1.0", plugins().getFirst().getCurrent().getVersion());
        assertEquals(2, plugins().getFirst().getVersionsCount());
    }

    @Test
    void namingTheVersionBeforeIsTheSameAsNamingNone() throws Exception {
        TestNode c1 = coordinator("c1");
        cluster.awaitReady("c1");
        cluster.operator.install(FISH);
        cluster.operator.update(FISH_1_1);
        cluster.operator.rollback("fish", "1.0.0");
        c1.route("the version before", RollbackTest::isRolledBack);
    }

    @Test
    void aVersionThatWasTriedAndRolledBackIsNotTheOneBefore() throws Exception {
        cluster.operator.install(FISH);
        cluster.operator.canary(
                FISH_1_1,
                CanaryPolicy.newBuilder()
                        .setPercent(20)
                        .setMaxErrorRate(0.1)
                        .setMinItems(10)
                        .build());
        cluster.operator.decide(cluster.operator.rollout().getId(), Decision.ABORT);
        cluster.operator.update(TestBundle.of("fish", "1.2.0"));

        assertEquals("1.0.0", rolledBack());
    }

    @Test
    void thatIsKnownHoweverManyOthersWereRolledOutSince() throws Exception {
        aVersionThatWasTriedAndRolledBackIsNotTheOneBefore();
        cluster.operator.update(TestBundle.of("fish", "1.3.0"));
        cluster.operator.install(TestBundle.of("crab", "1.0.0"));
        for (int i = 1; i <= 51; i++) { // the list of rollouts has 50
            cluster.operator.update(TestBundle.of("crab", "1.0." + i));
        }
        assertEquals("1.0.0", rolledBack());
    }

    @Test
    void theOneBeforeIsWhatNewGroupsGotThen() throws Exception {
        cluster.operator.install(FISH);
        cluster.operator.update(FISH_1_1);
        cluster.operator.update(TestBundle.of("fish", "1.2.0"));
        cluster.operator.rollback("fish", "1.0.0");
        cluster.operator.update(TestBundle.of("fish", "1.3.0"));

        assertEquals("1.0.0", rolledBack());
    }

    @Test
    void theOneBeforeTheOneBeforeTakesItsPlaceIfThatWasDeleted() throws Exception {
        cluster.operator.install(FISH);
        cluster.operator.update(FISH_1_1);
        cluster.operator.update(TestBundle.of("fish", "1.2.0"));
        cluster.operator.delete("fish", "1.1.0");

        assertEquals("1.0.0", rolledBack());
    }

    @Test
    void aWorkerThatCannotInstallItKeepsNobodyFromTheVersionBefore() throws Exception {
        worker("w1");
        TestNode full = worker("w2");
        worker("w3");
        TestNode c1 = coordinator("c1");
        cluster.awaitReady("w1", "w2", "w3", "c1");
        cluster.operator.install(FISH);
        cluster.operator.update(FISH_1_1);
        full.installing(plugin ->
                plugin.getVersion().equals("1.0.0")
                        ? TestNode.failed(plugin, "disk full")
                        : TestNode.ready(plugin));

        List<Progress> progress = cluster.operator.rollback("fish", "");

        assertEquals("1.0.0", progress.getLast().getResult().getCurrent().getVersion());
        Route route = c1.route("the version before", RollbackTest::isRolledBack);
        assertEquals("1.0.0", route.getCurrent().getVersion());
        String why = "worker w2: fish 1.0.0 is FAILED: disk full; not waited for";
        assertTrue(
                progress.stream().anyMatch(step -> step.getText().equals(why)), progress::toString);
    }

    /// New groups get it from the first worker that has it ready, and then nobody else waits for the others either.
    @Test
    void aWorkerThatHangsKeepsNobodyFromTheVersionBefore() throws Exception {
        TestNode hanging = hangingWorker();
        try (Exchange<RollbackRequest, Progress> rollback = routedRollback()) {
            until("1.1.0 leaves", () -> planned(hanging).equals(List.of("1.0.0")));
            until("another change may begin", () -> isLabelled("stable"));
            hanging.speak();
            List<String> steps = new ArrayList<>();
            for (Progress next = rollback.next(); next != null; next = rollback.next()) {
                steps.add(next.getStep() + " " + next.getText());
            }
            assertTrue(
                    steps.indexOf("route coordinators know") < steps.indexOf("push w2: ready"),
                    steps::toString);
        }
    }

    /// It is through once new groups get the version, whatever becomes of its wait for the others: who repeats it would go back one more.
    @Test
    void isDoneThoughItsOverseerStopsWhileItWaitsForTheOthers() throws Exception {
        hangingWorker();
        routedRollback().close();
        close();
        cluster = TestOverseer.slow(data, 0);
        AuditEntry last = cluster.operator.audit("fish").getLast();
        assertEquals("rollback", last.getAction());
        assertEquals("done", last.getResult(), last::getText);
    }

    /// One of two, on 1.1.0.
    private TestNode hangingWorker() throws Exception {
        worker("w1");
        TestNode hanging = worker("w2");
        cluster.awaitReady("w1", "w2");
        cluster.operator.install(FISH);
        cluster.operator.update(FISH_1_1);
        hanging.silent();
        return hanging;
    }

    /// New groups get 1.0.0, and it waits for those workers that are silent.
    private Exchange<RollbackRequest, Progress> routedRollback() throws Exception {
        TestNode c1 = coordinator("c1");
        cluster.awaitReady("c1");
        Exchange<RollbackRequest, Progress> rollback =
                cluster.operator.connection.exchange(Rpcs.ROLLBACK, Duration.ofSeconds(60));
        rollback.send(RollbackRequest.newBuilder().setName("fish").setTimeoutMs(50_000).build());
        rollback.complete();
        c1.route("the version before", RollbackTest::isRolledBack);
        return rollback;
    }

    private boolean isLabelled(String label) throws Exception {
        cluster.operator.ask(
                Rpcs.LABEL_VERSION,
                LabelVersionRequest.newBuilder()
                        .setName("fish")
                        .setVersion("1.0.0")
                        .setLabel(label)
                        .build());
        return true;
    }

    /// One of another release, say.
    @Test
    void aWorkerOnWhichItDoesNotResolveKeepsNobodyFromTheVersionBefore() throws Exception {
        worker("w1");
        cluster.awaitReady("w1");
        cluster.operator.install(FISH);
        cluster.operator.update(FISH_1_1);
        opened(
                TestNode.bareWorker("w2", cluster.overseer.nodesAt())
                        .installing(plugin -> TestNode.failed(plugin, "missing package")));
        cluster.awaitReady("w2");

        List<Progress> progress = cluster.operator.rollback("fish", "");

        assertEquals("1.0.0", progress.getLast().getResult().getCurrent().getVersion());
        String why = "fish 1.0.0 does not resolve on worker w2: ";
        assertTrue(
                progress.stream().anyMatch(step -> step.getText().startsWith(why)),
                progress::toString);
    }

    /// @return to which version
    private String rolledBack() throws Exception {
        List<Progress> progress = cluster.operator.rollback("fish", "");
        return progress.getLast().getResult().getCurrent().getVersion();
    }

    /// A worker that hangs in another plugin acknowledges no plan, but says in its heartbeats what it holds.
    @Test
    void aRollbackDoesNotWaitForAnotherPluginsHangingWorker() throws Exception {
        TestNode w1 = worker("w1");
        TestNode c1 = coordinator("c1");
        cluster.awaitReady("w1", "c1");
        cluster.operator.install(FISH);
        cluster.operator.update(FISH_1_1);
        w1.silent();
        try (InBackground<?> install =
                InBackground.of(() -> cluster.operator.install(TestBundle.of("crab", "2.0.0")))) {
            until("it is pushed", () -> planned(w1).equals(List.of("1.1.0", "2.0.0")));
            Route both = c1.route("both", now -> now.getKnownCount() == 2);
            w1.heartbeat(holding(both.getKnownList()));

            cluster.operator.rollback("fish", "");

            assertEquals("1.0.0", plugins().getFirst().getCurrent().getVersion());
            Route route = c1.route("the version before", RollbackTest::isRolledBack);
            assertEquals("1.0.0", route.getCurrent().getVersion());
            assertEquals("pushing", cluster.operator.rollout().getState());
            until("1.1.0 leaves", () -> planned(w1).equals(List.of("1.0.0", "2.0.0")));
            w1.speak();
            install.await();
        }
        assertEquals(2, plugins().size());
    }

    /// Two operators may see the same failure.
    @Test
    void twoThatAreAskedForAtOnceLeaveOneVersion() throws Exception {
        TestNode w1 = worker("w1");
        cluster.awaitReady("w1");
        cluster.operator.install(FISH);
        cluster.operator.update(FISH_1_1);
        cluster.operator.update(TestBundle.of("fish", "1.2.0"));
        until("1.1.0 is no longer in its plan", () -> planned(w1).equals(List.of("1.2.0")));
        w1.silent();
        try (InBackground<?> first = InBackground.of(() -> cluster.operator.rollback("fish", ""))) {
            until("it is pushed", () -> planned(w1).contains("1.1.0"));
            try (Exchange<RollbackRequest, Progress> second =
                    cluster.operator.connection.exchange(Rpcs.ROLLBACK, Duration.ofSeconds(20))) {
                second.send(RollbackRequest.newBuilder().setName("fish").build());
                second.complete();
                Progress waits = second.next();
                assertEquals("for another change of fish", waits == null ? "" : waits.getText());
                w1.speak();
                first.await();
                CallException refused = refused(second::next);
                assertEquals(Kind.CONFLICT, refused.kind());
                assertEquals(
                        "fish: new groups get 1.1.0 by now (expected: 1.2.0, as it was when this"
                                + " was asked for)",
                        refused.getMessage());
            }
        }
        assertEquals("1.1.0", plugins().getFirst().getCurrent().getVersion());
    }

    /// A worker that has it, and says no more.
    private TestNode silentWithFish() throws Exception {
        TestNode w1 = worker("w1");
        cluster.awaitReady("w1");
        cluster.operator.install(FISH);
        w1.silent();
        return w1;
    }

    @Test
    void aRollbackEndsThePushOfItsOwnPlugin() throws Exception {
        TestNode w1 = silentWithFish();
        try (InBackground<?> update = InBackground.of(() -> cluster.operator.update(FISH_1_1))) {
            until("it is pushed", () -> planned(w1).equals(List.of("1.0.0", "1.1.0")));
            cluster.operator.rollback("fish", "");
            CallException refused = refused(update::await);
            assertEquals(Kind.REFUSED, refused.kind());
            assertEquals(
                    "the rollout of fish 1.1.0 was given up: unknown rolled the plugin back",
                    refused.getMessage());
        }
        assertEquals("rolled_back", cluster.operator.rollout().getState());
        assertEquals("1.0.0", plugins().getFirst().getCurrent().getVersion());
        assertEquals(1, plugins().getFirst().getVersionsCount());
        until("the plan is as before", () -> planned(w1).equals(List.of("1.0.0")));
        assertEquals(1, blobs());
    }

    /// Nor does anything else of another plugin, or a library.
    @Test
    void aPublishDoesNotWaitForAnotherPluginsHangingWorker() throws Exception {
        TestNode w1 = silentWithFish();
        try (InBackground<?> update = InBackground.of(() -> cluster.operator.update(FISH_1_1));
                InBackground<?> install =
                        InBackground.of(() -> {
                            until("it is pushed", () -> planned(w1).contains("1.1.0"));
                            return cluster.operator.install(TestBundle.of("crab", "2.0.0"));
                        })) {
            until("both are pushed", () -> planned(w1).containsAll(List.of("1.1.0", "2.0.0")));
            assertEquals(
                    Kind.CONFLICT,
                    refused(() -> cluster.operator.update(TestBundle.of("fish", "1.2.0"))).kind());
            cluster.operator.publish(
                    Mode.LIBRARY,
                    TestBundle.library(
                            "csv", "1.0.0", "csv", "org.stagedpipe.api;version=\"[1.0,2)\""),
                    0);
            w1.heartbeat(
                    holding(
                            w1.plans.getLast().getPluginsList().stream()
                                    .filter(plugin -> plugin.getName().equals("crab"))
                                    .toList()));
            install.await();
            assertEquals(2, plugins().size());
            cluster.operator.uninstall("crab");
            w1.speak();
            update.await();
        }
    }

    @Test
    void aFailureIsToldThoughAnotherPluginHangsThere() throws Exception {
        TestNode w1 = silentWithFish();
        try (InBackground<?> update = InBackground.of(() -> cluster.operator.update(FISH_1_1))) {
            until("it is pushed", () -> planned(w1).contains("1.1.0"));
            try (InBackground<?> install =
                    InBackground.of(
                            () -> cluster.operator.install(TestBundle.of("crab", "2.0.0")))) {
                until("both are pushed", () -> planned(w1).contains("2.0.0"));
                PluginVersion crab =
                        w1.plans.getLast().getPluginsList().stream()
                                .filter(plugin -> plugin.getName().equals("crab"))
                                .findFirst()
                                .orElseThrow();
                w1.heartbeat(
                        Heartbeat.newBuilder()
                                .addPlugins(TestNode.failed(crab, "no such class"))
                                .build());
                assertEquals(
                        "worker w1: crab 2.0.0 is FAILED: no such class",
                        refused(install::await).getMessage());
            }
            assertEquals("pushing", rollout("fish").getState());
            w1.speak();
            update.await();
        }
    }

    /// Nobody can know which of them did it; who reads the one's failure is told of the other.
    @Test
    void aWorkerThatEndsWhileTwoPluginsComeIsSaidToHaveHadBoth() throws Exception {
        Line line = new Line(cluster.overseer.nodesAt());
        TestNode w1 = opened(TestNode.worker("w1", line.endpoint()));
        cluster.awaitReady("w1");
        cluster.operator.install(FISH);
        w1.silent();
        try (InBackground<?> update = InBackground.of(() -> cluster.operator.update(FISH_1_1));
                InBackground<?> install =
                        InBackground.of(
                                () -> cluster.operator.install(TestBundle.of("crab", "2.0.0")))) {
            until("both are pushed", () -> planned(w1).containsAll(List.of("1.1.0", "2.0.0")));
            line.mute(); // as it is killed: nothing that it says as it ends arrives
            Thread ends = Thread.ofPlatform().name("test-end").start(w1::close);
            until(
                    "it ends",
                    () -> ends.getState() == Thread.State.TIMED_WAITING || !ends.isAlive());
            line.cut();
            ends.join();
            assertEquals(ended("fish 1.1.0", "crab 2.0.0"), refused(update::await).getMessage());
            assertEquals(ended("crab 2.0.0", "fish 1.1.0"), refused(install::await).getMessage());
        }
    }

    private static String ended(String version, String other) {
        return "worker w1: ended without leaving, or was lost, while it made "
                + version
                + " ready (expected: ready; if it was by chance, or by "
                + other
                + ", which was on its way too, try again)";
    }

    private RolloutEntry rollout(String plugin) throws Exception {
        return cluster
                .operator
                .ask(Rpcs.LIST_ROLLOUTS, ListRolloutsRequest.getDefaultInstance())
                .getRolloutsList()
                .stream()
                .filter(rollout -> rollout.getTo().getName().equals(plugin))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void nobodyWaitsForLongerThanAnHour() throws Exception {
        cluster.operator.install(FISH);
        CallException refused =
                refused(() -> cluster.operator.publish(Mode.UPDATE, FISH_1_1.bytes(), 3_600_001));
        assertEquals(Kind.INVALID, refused.kind());
        assertEquals("timeout: 3600001 ms (expected: at most 3600000)", refused.getMessage());
    }

    private static boolean isRolledBack(Route route) {
        return versions(route.getExactList()).equals(List.of("1.1.0"));
    }

    private static Heartbeat holding(List<PluginVersion> plugins) {
        return Heartbeat.newBuilder()
                .addAllPlugins(plugins.stream().map(TestNode::ready).toList())
                .build();
    }
}
