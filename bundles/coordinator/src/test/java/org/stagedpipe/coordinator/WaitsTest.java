package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.GroupWaits;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/// What a group says of what holds it back.
final class WaitsTest {

    private static final long A_WHILE_MS = 30;
    private static final ByteString SMALL = ByteString.copyFrom(new byte[100_000]);

    @Test
    void clientThatSendsNothing() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            awaitMost(cluster, group, GroupWaits::getClientSends);
            group.send(0, 1);
            assertEquals(counts(1, 1, 0, 0), group.finish());
        }
    }

    @Test
    void clientThatDoesNotRead() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "groupWindowBytes", 2 << 20)) {
            TestGroup group = cluster.group();
            group.stopReading();
            for (int i = 0; i < 100; i++) {
                group.send(i, List.of(SMALL));
            }
            awaitMost(cluster, group, GroupWaits::getClientReads);
            group.readOn();
            assertEquals(counts(100, 100, 0, 0), group.finish());
        }
    }

    @Test
    void workersThatDoNotAnswer() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "groupWindowItems", 100)) {
            TestGroup group = cluster.group();
            cluster.worker(0).answers = false;
            for (int i = 0; i < 20; i++) {
                group.send(i * 10L, 10);
            }
            awaitMost(cluster, group, GroupWaits::getWorkers);
            cluster.worker(0).answerAll();
            assertEquals(counts(200, 200, 0, 0), group.finish());
        }
    }

    @Test
    void workersThatAGroupWaitsForBeforeItMoves() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group(open -> open.setFollowing(true));
            cluster.worker(0).answers = false;
            group.send(0, 1);
            FollowingTest.route(cluster, FollowingTest.NEWER, TestCluster.ECHO);
            awaitMost(cluster, group, GroupWaits::getWorkers);
            cluster.worker(0).answerAll();
            assertEquals(counts(1, 1, 0, 0), group.finish());
        }
    }

    @Test
    void memoryThatOtherGroupsHold() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "nodeWindowBytes", 4 << 20)) {
            List<TestGroup> greedy = BackPressureTest.greedy(cluster);
            TestGroup small = cluster.group();
            small.send(0, List.of(SMALL)); // in any case
            small.send(1, List.of(SMALL));
            awaitMost(cluster, small, GroupWaits::getCoordinatorMemory);
            cluster.worker(0).answerAll();
            for (TestGroup each : greedy) {
                assertEquals(counts(2, 2, 0, 0), each.finish());
            }
            assertEquals(counts(2, 2, 0, 0), small.finish());
        }
    }

    @Test
    void memoryThatItHoldsItself() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "nodeWindowBytes", 4 << 20)) {
            TestGroup group = cluster.group();
            cluster.worker(0).answers = false;
            for (int i = 0; i < 20; i++) {
                group.send(i, List.of(SMALL));
            }
            awaitMost(cluster, group, GroupWaits::getWorkers);
            cluster.worker(0).answerAll();
            assertEquals(counts(20, 20, 0, 0), group.finish());
        }
    }

    /// Others hold memory too, and it may have no more; but that is not what it waits for.
    @Test
    void clientsThatDoNotReadOnANodeWithLittleMemory() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "nodeWindowBytes", 4 << 20)) {
            List<TestGroup> groups = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                TestGroup group = cluster.group();
                group.stopReading();
                for (int sequence = 0; sequence < 50; sequence++) {
                    group.send(sequence, List.of(SMALL));
                }
                groups.add(group);
            }
            for (TestGroup group : groups) {
                awaitMost(cluster, group, GroupWaits::getClientReads);
            }
            groups.forEach(TestGroup::readOn);
            for (TestGroup group : groups) {
                assertEquals(counts(50, 50, 0, 0), group.finish());
            }
        }
    }

    @Test
    void noWorkerThatIsThere() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.refusal = new CallException(Kind.UNREACHABLE, "gone");
            worker.die();
            group.send(0, 1);
            awaitMost(cluster, group, GroupWaits::getNoWorker);
            cluster.overseer().list(cluster.add("w2"), true);
            cluster.publish();
            assertEquals(counts(1, 1, 0, 0), group.finish());
        }
    }

    /// Until that has held the group back for a while, and everything else for less.
    private static void awaitMost(
            TestCluster cluster, TestGroup group, ToLongFunction<GroupWaits> which)
            throws Exception {
        cluster.overseer().awaitGroup(group.id(), summary -> isMost(summary, which));
    }

    private static boolean isMost(GroupSummary summary, ToLongFunction<GroupWaits> which) {
        GroupWaits waits = summary.getWaits();
        long all =
                waits.getClientSends()
                        + waits.getClientReads()
                        + waits.getCoordinatorMemory()
                        + waits.getWorkers()
                        + waits.getNoWorker();
        long most = which.applyAsLong(waits);
        return most >= A_WHILE_MS && most > all - most;
    }
}
