package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.stagedpipe.coordinator.DeliveryTest.counts;
import static org.stagedpipe.coordinator.FollowingTest.NEWER;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

/// A version that is tried on some of the workers only.
final class TriedTest {

    private static final int ALL = 100; // percent of new groups

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void newGroupsAndThoseThatFollowGetItOnItsWorkersOnly(boolean isKeyed) throws Exception {
        try (TestCluster cluster = new TestCluster(3)) {
            TestGroup pinned = cluster.groupOnAll(open -> open.setKeyed(isKeyed));
            TestGroup following =
                    cluster.groupOnAll(open -> open.setKeyed(isKeyed).setFollowing(true));
            tryOn(cluster, "w2");
            Until.holds(() -> following.moves().contains(NEWER), () -> "it does not move");
            TestGroup tried = cluster.group(open -> open.setKeyed(isKeyed));
            TestGroup asked = cluster.group(open -> open.setVersion("2.0.0").setKeyed(isKeyed));
            for (TestGroup group : new TestGroup[] {pinned, following, tried, asked}) {
                if (isKeyed) {
                    KeyedTest.send(group, 0, 50, 25);
                } else {
                    group.send(0, 50);
                }
                assertEquals(counts(50, 50, 0, 0), group.finish());
            }
            assertEquals(3, opens(cluster.worker(1)));
            assertEquals(0, opens(cluster.worker(0)) + opens(cluster.worker(2)));
        }
    }

    /// What it did to its workers it is not to do to the others.
    @Test
    void aGroupOfOneThatWasGivenUpStaysOnItsWorkersWhileOneOfThemIsThere() throws Exception {
        try (TestCluster cluster = new TestCluster(3)) {
            tryOn(cluster, "w1", "w2");
            TestGroup group = cluster.group();
            FollowingTest.route(cluster, TestCluster.ECHO, NEWER); // rolled back
            cluster.overseer().forget(cluster.worker(0));
            cluster.publish();
            cluster.worker(0).die(); // its part is tried again
            group.send(0, 50);
            group.awaitAnswers(50);
            assertEquals(0, opens(cluster.worker(2)));

            cluster.overseer().forget(cluster.worker(1));
            cluster.publish();
            Until.holds(() -> opens(cluster.worker(2)) == 1, () -> "no worker takes its place");
            group.send(50, 50);
            assertEquals(counts(100, 100, 0, 0), group.finish());
        }
    }

    @Test
    void aGroupOfOneThatAllGetIsOnAllWorkers() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            tryOn(cluster, "w1");
            TestGroup group = cluster.group();
            FollowingTest.route(cluster, NEWER, TestCluster.ECHO);
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getWorkersCount() == 2);
        }
    }

    @Test
    void saysThatNoWorkerThatTriesItIsReady() throws Exception {
        try (TestCluster cluster = new TestCluster(2, "openWaitMs", 20)) {
            cluster.overseer().list(cluster.worker(0), false);
            tryOn(cluster, "w1");
            CallException why =
                    cluster.stream().open("echo", open -> open.setVersion("2.0.0")).awaitFailure();
            assertEquals(Kind.UNREACHABLE, why.kind());
            assertEquals(
                    "no worker that tries version 2.0.0 is ready (expected: at least one of w1)",
                    why.getMessage());
        }
    }

    @Test
    void newGroupsGetWhatOthersGetWhileNoWorkerThatTriesItIsReady() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            cluster.overseer().list(cluster.worker(0), false);
            tryOn(cluster, "w1");
            assertEquals(TestCluster.ECHO, opened(cluster));
            cluster.overseer().list(cluster.worker(0), true);
            cluster.publish();
            assertEquals(NEWER, opened(cluster));
        }
    }

    /// As long as the lease of a worker that was killed has not ended the view has it as ready.
    @Test
    void newGroupsGetWhatOthersGetWhileNoWorkerThatTriesItAnswers() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            tryOn(cluster, "w1");
            cluster.worker(0).refusal = new CallException(Kind.UNREACHABLE, "connection refused");
            assertEquals(TestCluster.ECHO, opened(cluster));
            assertFails(Kind.UNREACHABLE, cluster, "2.0.0");
            cluster.worker(1).refusal = cluster.worker(0).refusal;
            assertFails(Kind.UNREACHABLE, cluster, "");

            cluster.worker(1).refusal = null;
            cluster.worker(0).refusal = new CallException(Kind.REFUSED, "no table");
            assertFails(Kind.REFUSED, cluster, ""); // it is the version that says so
        }
    }

    private static PluginVersion opened(TestCluster cluster) throws Exception {
        TestGroup group = cluster.stream().open("echo", open -> open);
        PluginVersion plugin = group.awaitOpened().getPlugin();
        group.send(0, 10);
        assertEquals(counts(10, 10, 0, 0), group.finish());
        return plugin;
    }

    private static void assertFails(Kind kind, TestCluster cluster, String version)
            throws Exception {
        CallException why =
                cluster.stream().open("echo", open -> open.setVersion(version)).awaitFailure();
        assertEquals(kind, why.kind());
    }

    private static void tryOn(TestCluster cluster, String... workers) throws Exception {
        cluster.overseer().canary(NEWER, ALL, workers);
        cluster.publish();
    }

    /// Of the version that is tried.
    private static long opens(TestWorker worker) {
        return worker.opens.stream().map(OpenWork::getPlugin).filter(NEWER::equals).count();
    }
}
