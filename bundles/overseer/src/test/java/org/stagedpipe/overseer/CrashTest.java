package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.ListPluginsRequest;
import org.stagedpipe.protocol.v1.ListRolloutsRequest;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Rpcs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// An overseer that dies between any two changes of the catalogue, and the next one with its data.
class CrashTest {

    private static final int CHANGES = 6; // of an install and of an update in two steps
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

    @TempDir private Path data;

    /// @param changes that it made
    /// @param version that new groups get after that
    /// @param state of the newest rollout
    @ParameterizedTest
    @CsvSource({
        "0, none, none",
        "1, none, rolled_back",
        "2, 1.0.0, done",
        "3, 1.0.0, rolled_back",
        "4, 1.0.0, canary",
        "5, 1.0.0, canary",
        "6, 1.1.0, done"
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
            assertEquals(version, next.current());
            assertEquals(
                    state,
                    next.rollouts().isEmpty() ? "none" : next.rollouts().getFirst().getState());
            next.goOn(version, state);
            assertEquals("1.1.0", next.current());
            assertEquals(
                    "1.1.0",
                    next.coordinator.views.getLast().getRoutes(0).getCurrent().getVersion());
            until("the old one leaves", () -> next.worker.plans.getLast().getPluginsCount() == 1);
            assertEquals(2, blobs());
        }
    }

    /// An overseer, a worker, a coordinator.
    private static final class Members implements AutoCloseable {

        final TestOverseer cluster;
        final TestNode worker;
        final TestNode coordinator;

        Members(TestOverseer cluster) throws Exception {
            this.cluster = cluster;
            this.worker = TestNode.worker("w1", cluster.overseer.nodesAt()).open();
            this.coordinator = TestNode.coordinator("c1", cluster.overseer.nodesAt()).open();
            cluster.awaitReady("w1", "c1");
        }

        void installAndUpdate() throws CallException, InterruptedException {
            cluster.operator.install(FISH);
            cluster.operator.canary(FISH_1_1, GATED);
            String id = cluster.operator.rollout().getId();
            cluster.operator.decide(id, Decision.APPROVE);
            cluster.operator.decide(id, Decision.APPROVE);
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
