package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.coordinator.TestWorker.Received;
import org.stagedpipe.protocol.v1.ItemFault;

import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Two groups on the same workers, one of which has an item that ends them: the other one's items are not convicted.
final class SuspectsTest {

    private static final long GUILTY = 1;
    private static final long INNOCENT = 0;
    private static final ByteString BIG = ByteString.copyFrom(new byte[100_000]);

    @Test
    void aSuspectIsNotConvictedForThatOfAnotherGroup() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup innocent = cluster.group();
            TestGroup guilty = cluster.group();
            twoDeaths(cluster, innocent, guilty);
            TestWorker third = cluster.worker(2);
            Until.holds(() -> sequences(third).contains(GUILTY), () -> "" + third.received);
            cluster.worker(1).dieFor(innocent);
            LockSupport.parkNanos(200_000_000); // in which it would come, if it could
            add(cluster);
            third.dieFor(guilty);
            third.dieFor(innocent);
            assertEquals(counts(1, 0, 1, 0), guilty.finish());
            assertEquals(ItemFault.Kind.POISON, guilty.fault(GUILTY).getKind());

            TestWorker fourth = cluster.worker(3);
            Until.holds(() -> sequences(fourth).equals(List.of(INNOCENT)), () -> "never came");
            add(cluster); // and the fourth ends for a reason of its own
            cluster.worker(4).answers = true;
            fourth.dieFor(innocent);
            assertEquals(counts(1, 1, 0, 0), innocent.finish());
        }
    }

    /// A group whose client does not read cannot take in what its suspect became; the other one's suspect still has its turn.
    @Test
    void aGroupThatIsNotReadKeepsNoPlace() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "readAheadMessages", 1)) {
            TestGroup unread = cluster.group();
            TestGroup other = cluster.group();
            unread.stopReading();
            long sent = fill(cluster, unread);
            cluster.worker(0).received.clear();
            cluster.worker(0).answers = false;
            unread.send(sent, 1);
            other.send(GUILTY, 1);
            for (int death = 0; death < 2; death++) {
                TestWorker lost = cluster.worker(death);
                Until.holds(() -> lost.received.size() == 2, () -> lost.name() + lost.received);
                add(cluster);
                if (death == 1) {
                    cluster.worker(2).answers = true;
                }
                lost.dieFor(unread);
                LockSupport.parkNanos(300_000_000); // in which its suspect would take the place
                lost.dieFor(other);
            }
            assertEquals(counts(1, 1, 0, 0), other.finish());
            unread.readOn();
            assertEquals(counts(sent + 1, sent + 1, 0, 0), unread.finish());
        }
    }

    /// Until the coordinator holds an answer that the client does not take, and no further one is on its way to it.
    private static long fill(TestCluster cluster, TestGroup unread) throws Exception {
        long sent = 0;
        while (!waitsForItsClient(cluster, unread)) {
            unread.send(sent, List.of(BIG));
            sent++;
            long all = sent;
            Until.holds(() -> cluster.worker(0).received.size() == all, () -> "not received");
            LockSupport.parkNanos(200_000_000); // a heartbeat
        }
        return sent;
    }

    private static boolean waitsForItsClient(TestCluster cluster, TestGroup group) {
        return !cluster.overseer().heartbeats.isEmpty()
                && cluster.overseer().heartbeats.getLast().getGroupsList().stream()
                        .anyMatch(summary ->
                                summary.getGroup().equals(group.id())
                                        && summary.getWaits().getClientReads() > 0);
    }

    /// Both items were on two workers that ended; the innocent one's group has not heard of the second yet.
    private static void twoDeaths(TestCluster cluster, TestGroup innocent, TestGroup guilty)
            throws Exception {
        cluster.worker(0).answers = false;
        innocent.send(INNOCENT, 1);
        guilty.send(GUILTY, 1);
        for (int death = 0; death < 2; death++) {
            TestWorker lost = cluster.worker(death);
            Until.holds(() -> lost.received.size() == 2, () -> lost.name() + lost.received);
            add(cluster);
            lost.dieFor(guilty);
            if (death == 0) {
                lost.dieFor(innocent);
            }
        }
    }

    private static void add(TestCluster cluster) throws Exception {
        TestWorker next = cluster.add("w" + (cluster.workers().size() + 1));
        next.answers = false;
        cluster.overseer().list(next, true);
        cluster.publish();
    }

    private static List<Long> sequences(TestWorker worker) {
        return worker.received.stream().map(Received::sequence).toList();
    }
}
