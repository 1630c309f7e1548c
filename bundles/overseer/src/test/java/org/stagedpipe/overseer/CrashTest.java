package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.ListPluginsRequest;
import org.stagedpipe.protocol.v1.ListRolloutsRequest;
import org.stagedpipe.protocol.v1.Load;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.protocol.v1.VersionOutcomes;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Rpcs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// An overseer that dies between any two changes of the catalogue, and the next one with its data.
class CrashTest {

    private static final int CHANGES = 8; // of an install and of an update in two steps
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final TestBundle FISH = TestBundle.of("fish", "1.0.0");
    private static final TestBundle FISH_1_1 = TestBundle.of("fish", "1.1.0");
    private static final CanaryPolicy GATED =
            CanaryPolicy.newBuilder()
                    .setPercent(20)
                    .addFurtherPercents(50)
                    .setMaxErrorRate(0.1)
                    .setMinItems(10)
                    .setGated(true)
                    .build();

    private static final Set<String> GOING_ON = Set.of("pushing", "spreading");

    @TempDir private Path data;

    /// @param changes that it made
    /// @param version that new groups get after that
    /// @param state of the newest rollout
    @ParameterizedTest
    @CsvSource({
        "0, none, none",
        "1, 1.0.0, done",
        "2, 1.0.0, done",
        "3, 1.0.0, canary",
        "4, 1.0.0, canary",
        "5, 1.0.0, canary",
        "6, 1.0.0, canary",
        "7, 1.1.0, done",
        "8, 1.1.0, done"
    })
    void theNextOneShowsTheOldOrTheNewVersionAndGoesOn(int changes, String version, String state)
            throws Exception {
        try (Members first = new Members(TestOverseer.crashingAfter(changes, data))) {
            if (changes < CHANGES) {
                assertThrows(CallException.class, first::installAndUpdate);
            } else {
                first.installAndUpdate();
            }
        }
        try (Members next = new Members(new TestOverseer(data))) {
            next.awaitSpread(); // what was pushed, held, or was approved, goes on
            assertEquals(version, next.current());
            assertEquals(
                    state,
                    next.rollouts().isEmpty() ? "none" : next.rollouts().getFirst().getState());
            assertEquals(changes < 5 ? 1 : 2, next.step());
            assertEquals(version.equals("1.1.0"), next.hasTheOtherWorkerTheUpdate());
            next.goOn(version, state);
            assertEquals("1.1.0", next.current());
            next.coordinator.route(
                    "1.1.0", route -> route.getCurrent().getVersion().equals("1.1.0"));
            until("the old one leaves", () -> next.worker.plans.getLast().getPluginsCount() == 1);
            assertEquals(2, blobs());
        }
    }

    @Test
    void whatTheNextOnePushesOnIsRolledBackIfAWorkerCannotStartIt() throws Exception {
        try (Members first = new Members(TestOverseer.crashingAfter(3, data))) {
            assertThrows(CallException.class, first::installAndUpdate);
        }
        try (Members next = new Members(new TestOverseer(data), CrashTest::onlyTheFirst)) {
            next.awaitSpread();
            assertEquals("1.0.0", next.current());
            assertEquals("rolled_back", next.rollouts().getFirst().getState());
            String why = "worker w1: fish 1.1.0 is FAILED: no table";
            assertEquals(why, next.rollouts().getFirst().getText());
            until("its bundle is gone", () -> blobs() == 1);
            until(
                    "it is in the audit log",
                    () -> next.cluster.operator.audit("fish").getLast().getText().equals(why));
            assertEquals(
                    "rollout push: the overseer before ended",
                    next.cluster.operator.audit("fish").getLast().getAction());
        }
    }

    /// Its rollout is written down, and its operator hears nothing of it.
    private void beginAndDie(String request) throws Exception {
        try (Members first = new Members(TestOverseer.crashingAfter(1, data))) {
            assertThrows(
                    CallException.class,
                    () -> first.cluster.operator.publish(Mode.INSTALL, FISH, request));
        }
    }

    @Test
    void whoAsksTheNextOneAgainFollowsWhatTheFirstHadBegun() throws Exception {
        beginAndDie("r1");
        try (TestOverseer next = new TestOverseer(data);
                InBackground<List<Progress>> again =
                        InBackground.of(() -> next.operator.publish(Mode.INSTALL, FISH, "r1"))) {
            try (TestNode _ = TestNode.worker("w1", next.overseer.nodesAt()).open();
                    TestNode _ = TestNode.worker("w2", next.overseer.nodesAt()).open();
                    TestNode _ = TestNode.coordinator("c1", next.overseer.nodesAt()).open()) {
                List<Progress> said = again.await();
                assertEquals("fish", said.getLast().getResult().getName());
                assertEquals("1.0.0", said.getLast().getResult().getCurrent().getVersion());
                assertEquals("done", next.operator.rollout().getState());
                List<Progress> over = next.operator.publish(Mode.INSTALL, FISH, "r1");
                assertEquals("fish", over.getLast().getResult().getName());
                assertThrows( // another request is another change
                        CallException.class,
                        () -> next.operator.publish(Mode.INSTALL, FISH_1_1, "r2"));
                assertEquals(
                        1,
                        next.operator
                                .ask(Rpcs.LIST_ROLLOUTS, ListRolloutsRequest.getDefaultInstance())
                                .getRolloutsCount());
            }
        }
    }

    @Test
    void whoAsksTheNextOneAgainIsToldThatItWasRolledBack() throws Exception {
        beginAndDie("r1");
        try (TestOverseer next = new TestOverseer(data);
                InBackground<List<Progress>> again =
                        InBackground.of(() -> next.operator.publish(Mode.INSTALL, FISH, "r1"))) {
            try (TestNode _ =
                    TestNode.worker("w1", next.overseer.nodesAt())
                            .installing(plugin -> TestNode.failed(plugin, "no table"))
                            .open()) {
                CallException why = assertThrows(CallException.class, again::await);
                assertEquals(Kind.REFUSED, why.kind());
                assertEquals("worker w1: fish 1.0.0 is FAILED: no table", why.getMessage());
            }
        }
    }

    /// The machines of all of them may have ended at once; workers start more slowly.
    @Test
    void whatTheNextOnePushesOnToAllIsReadyOnAWorkerBeforeGroupsGetIt() throws Exception {
        try (Members first = new Members(TestOverseer.crashingAfter(1, data))) {
            assertThrows(CallException.class, first::installAndUpdate);
        }
        try (TestOverseer next = new TestOverseer(data)) {
            String id = next.operator.rollout().getId();
            until(
                    "a look at the workers",
                    () ->
                            !TestLog.warnings(id).isEmpty()
                                    || !next.operator.rollout().getState().equals("pushing"));
            assertEquals("pushing", next.operator.rollout().getState());
            try (TestNode _ =
                    TestNode.worker("w1", next.overseer.nodesAt())
                            .installing(plugin -> TestNode.failed(plugin, "no table"))
                            .open()) {
                until(
                        "rolled back",
                        () -> next.operator.rollout().getState().equals("rolled_back"));
            }
            assertEquals(
                    List.of(
                            "rollout "
                                    + id
                                    + " does not go on yet: no worker is here yet (expected: one"
                                    + " that makes fish 1.0.0 ready, or an abort)"),
                    TestLog.warnings(id));
            assertEquals(
                    1,
                    next.operator.audit("fish").stream()
                            .filter(entry -> entry.getAction().startsWith("rollout push"))
                            .count());
        }
    }

    private static PluginStatus onlyTheFirst(PluginVersion plugin) {
        return plugin.getVersion().equals("1.0.0")
                ? TestNode.ready(plugin)
                : TestNode.failed(plugin, "no table");
    }

    /// It gives up a canary first: two changes after those of an install, of an update and of the canary.
    @ParameterizedTest
    @CsvSource({"6, 1.1.0, canary", "7, 1.1.0, rolled_back", "8, 1.0.0, rolled_back"})
    void aRollbackIsMadeOrCanBeMadeAgain(int changes, String version, String state)
            throws Exception {
        try (Members first = new Members(TestOverseer.crashingAfter(changes, data))) {
            Operator operator = first.cluster.operator;
            operator.install(FISH);
            operator.update(FISH_1_1);
            operator.canary(TestBundle.of("fish", "1.2.0"), GATED);
            if (changes < 8) {
                assertThrows(CallException.class, () -> operator.rollback("fish", "1.0.0"));
            } else {
                operator.rollback("fish", "1.0.0");
            }
        }
        try (Members next = new Members(new TestOverseer(data))) {
            assertEquals(version, next.current());
            assertEquals(state, next.rollouts().getFirst().getState());
            next.cluster.operator.rollback("fish", "1.0.0");
            next.assertOnlyTheFirstIsRouted();
            assertEquals(3, blobs());
        }
    }

    @ParameterizedTest
    @CsvSource({"4, canary", "5, rolled_back"})
    void theNextOneRollsBackWhatBreaksAThreshold(int changes, String state) throws Exception {
        try (Members first = new Members(TestOverseer.crashingAfter(changes, data))) {
            first.cluster.operator.install(FISH);
            first.cluster.operator.canary(FISH_1_1, GATED);
            first.breakThreshold();
            until("it is rolled back, or the store is gone", first::hasNoCanary);
        }
        try (Members next = new Members(new TestOverseer(data))) {
            assertEquals(state, next.rollouts().getFirst().getState());
            if (state.equals("canary")) {
                next.breakThreshold();
            }
            until("it is rolled back", next::hasNoCanary);
            assertEquals(
                    state.equals("canary") ? List.of("unfinished", "done") : List.of("done"),
                    next.cluster.operator.audit("fish").stream()
                            .filter(entry -> entry.getAction().startsWith("rollout rollback: "))
                            .map(AuditEntry::getResult)
                            .toList());
            next.assertOnlyTheFirstIsRouted();
        }
    }

    /// An overseer, two workers, a coordinator.
    private static final class Members implements AutoCloseable {

        final TestOverseer cluster;
        final TestNode worker;
        private final TestNode other; // who gets an update after both steps
        final TestNode coordinator;

        Members(TestOverseer cluster) throws Exception {
            this(cluster, TestNode::ready);
        }

        /// @param installer what its first worker says of plugins
        Members(TestOverseer cluster, Function<PluginVersion, PluginStatus> installer)
                throws Exception {
            this.cluster = cluster;
            this.worker =
                    TestNode.worker("w1", cluster.overseer.nodesAt()).installing(installer).open();
            this.other = TestNode.worker("w2", cluster.overseer.nodesAt()).open();
            this.coordinator = TestNode.coordinator("c1", cluster.overseer.nodesAt()).open();
            cluster.awaitReady("w1", "w2", "c1");
        }

        void installAndUpdate() throws CallException, InterruptedException {
            cluster.operator.install(FISH);
            cluster.operator.canary(FISH_1_1, GATED);
            String id = cluster.operator.rollout().getId();
            cluster.operator.decide(id, Decision.APPROVE);
            awaitSpread();
            cluster.operator.decide(id, Decision.APPROVE);
            awaitSpread();
        }

        /// @throws CallException if the store is gone
        void awaitSpread() throws CallException, InterruptedException {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (rollouts().stream().anyMatch(one -> GOING_ON.contains(one.getState()))) {
                assertTrue(System.nanoTime() < deadline, "it goes on");
                Thread.sleep(5);
            }
        }

        boolean hasTheOtherWorkerTheUpdate() {
            return other.plans.stream()
                    .flatMap(plan -> plan.getPluginsList().stream())
                    .anyMatch(plugin -> plugin.getVersion().equals("1.1.0"));
        }

        int step() throws CallException, InterruptedException {
            return rollouts().isEmpty() ? 1 : Math.max(1, rollouts().getFirst().getStep());
        }

        void goOn(String version, String state) throws CallException, InterruptedException {
            if (version.equals("none")) {
                cluster.operator.install(FISH);
            }
            if (state.equals("canary")) {
                cluster.operator.decide(rollouts().getFirst().getId(), Decision.ABORT);
            }
            cluster.operator.update(FISH_1_1);
        }

        /// The canary's items fail, after one heartbeat from which they count.
        void breakThreshold() throws Exception {
            RolloutEntry rollout = cluster.operator.rollout();
            for (int failed = 0; failed <= 20; failed += 20) {
                int load = failed + 1;
                coordinator.heartbeat(
                        Heartbeat.newBuilder()
                                .setLoad(Load.newBuilder().setItemsInFlight(load))
                                .addOutcomes(
                                        VersionOutcomes.newBuilder()
                                                .setPlugin(rollout.getTo())
                                                .setFailed(failed))
                                .build());
                until(
                        "the heartbeat is there",
                        () ->
                                cluster.nodes().stream()
                                        .anyMatch(
                                                node -> node.getLoad().getItemsInFlight() == load));
            }
        }

        boolean hasNoCanary() throws InterruptedException {
            try {
                return cluster.operator.rollout().getState().equals("rolled_back")
                        && !cluster.operator.audit("fish").getLast().getResult().equals("running");
            } catch (CallException e) {
                return true;
            }
        }

        /// To nobody who asks for a range either.
        void assertOnlyTheFirstIsRouted() throws Exception {
            assertEquals("1.0.0", current());
            Route route =
                    coordinator.route(
                            "only one",
                            now ->
                                    !now.hasCanary()
                                            && now.getKnownCount() == 1
                                            && now.getCurrent().equals(now.getKnown(0)));
            assertEquals("1.0.0", route.getCurrent().getVersion());
            until("the others leave", () -> worker.plans.getLast().getPluginsCount() == 1);
        }

        String current() throws CallException, InterruptedException {
            List<PluginEntry> plugins =
                    cluster.operator.list(
                            Rpcs.LIST_PLUGINS, ListPluginsRequest.getDefaultInstance());
            return plugins.isEmpty() ? "none" : plugins.getFirst().getCurrent().getVersion();
        }

        List<RolloutEntry> rollouts() throws CallException, InterruptedException {
            return cluster.operator
                    .ask(Rpcs.LIST_ROLLOUTS, ListRolloutsRequest.getDefaultInstance())
                    .getRolloutsList();
        }

        @Override
        public void close() {
            worker.close();
            other.close();
            coordinator.close();
            cluster.close();
        }
    }

    private long blobs() throws Exception {
        try (Stream<Path> files = Files.walk(data.resolve("blobs"))) {
            return files.filter(Files::isRegularFile).count();
        }
    }
}
