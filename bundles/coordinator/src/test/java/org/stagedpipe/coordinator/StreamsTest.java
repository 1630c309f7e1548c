package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.transport.CallException;

/// A node that may have sixteen streams open.
final class StreamsTest {

    private static TestCluster cluster(int workers) throws Exception {
        return new TestCluster(
                workers, "unreadBytes", 16 * (64 << 10), "streamWindowBytes", 64 << 10);
    }

    @Test
    void workersThatJoinGetNoMorePartsThanFit() throws Exception {
        try (TestCluster cluster = cluster(3)) {
            TestGroup first = cluster.groupOnAll(open -> open);
            TestGroup second = cluster.groupOnAll(open -> open);
            TestGroup third = cluster.groupOnAll(open -> open); // 12 streams
            for (int i = 4; i <= 7; i++) {
                cluster.overseer().list(cluster.add("w" + i), true);
            }
            cluster.publish();
            cluster.overseer().awaitHeartbeat(beat -> parts(beat) == 13);
            assertEquals(counts(0, 0, 0, 0), first.finish());
            cluster.overseer().awaitHeartbeat(beat -> parts(beat) == 14); // all

            for (TestGroup group : new TestGroup[] {second, third}) {
                group.send(0, 100);
                assertEquals(counts(100, 100, 0, 0), group.finish());
            }
            assertTrue(cluster.overseer().heartbeats.stream().allMatch(beat -> parts(beat) <= 14));
        }
    }

    @Test
    void aGroupUsesFewerWorkersWhenOthersAreOpen() throws Exception {
        try (TestCluster cluster = cluster(10)) {
            TestGroup first = cluster.groupOnAll(open -> open); // 11 streams
            TestGroup second = cluster.group();
            cluster.overseer().awaitGroup(second.id(), summary -> summary.getWorkersCount() == 4);
            CallException why = cluster.stream().open("echo", open -> open).awaitFailure();
            assertEquals(CallException.Kind.BUSY, why.kind());
            second.send(0, 100);
            assertEquals(counts(100, 100, 0, 0), second.finish());
            assertEquals(counts(0, 0, 0, 0), first.finish());
        }
    }

    @Test
    void aGroupTriesAllWorkersThoughItMayUseFew() throws Exception {
        try (TestCluster cluster = cluster(10)) {
            TestGroup first = cluster.groupOnAll(open -> open); // 11 streams
            for (int i = 0; i < 9; i++) {
                cluster.worker(i).refusal =
                        new CallException(CallException.Kind.UNREACHABLE, "gone");
            }
            TestGroup second = cluster.group();
            second.send(0, 100);
            assertEquals(counts(100, 100, 0, 0), second.finish());
            assertEquals(counts(0, 0, 0, 0), first.finish());
        }
    }

    /// Its workers take nothing new.
    @Test
    void aGroupWithoutAUsableWorkerGetsAnotherOneInAnyCase() throws Exception {
        try (TestCluster cluster = cluster(3)) {
            cluster.groupOnAll(open -> open);
            cluster.groupOnAll(open -> open);
            cluster.groupOnAll(open -> open);
            TestGroup group = cluster.groupOnAll(open -> open); // 16 streams
            for (int i = 0; i < 3; i++) {
                cluster.overseer().list(cluster.worker(i), false);
            }
            cluster.overseer().list(cluster.add("w4"), true);
            cluster.publish();
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getWorkersCount() == 4);
            group.send(0, 100);
            assertEquals(counts(100, 100, 0, 0), group.finish());
            assertEquals(100, cluster.worker(3).received.size());
        }
    }

    /// Those of a group that ends leave before it is told of no more.
    private static int parts(Heartbeat beat) {
        return beat.getGroupsList().stream()
                .filter(group -> group.getState().equals("running"))
                .mapToInt(GroupSummary::getWorkersCount)
                .sum();
    }
}
