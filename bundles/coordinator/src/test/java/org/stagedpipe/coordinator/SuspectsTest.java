package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.coordinator.TestWorker.Received;
import org.stagedpipe.protocol.v1.ItemFault;

import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Groups on the same workers, one of which, here or on another coordinator, has an item that ends them: the others' items are
/// not convicted.
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

    @Test
    void nothingIsChargedWithTheEndOfAWorkerThatRunsASuspectOfAnotherCoordinator()
            throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            TestGroup group = cluster.group();
            group.send(INNOCENT, 1);
            for (int end = 1; end <= 4; end++) {
                awaitReceived(worker, end);
                worker.suspects(true);
                worker.restart();
            }
            awaitReceived(worker, 5);
            worker.answerAll();
            assertEquals(counts(1, 1, 0, 0), group.finish());
            assertEquals(List.of(INNOCENT, INNOCENT, INNOCENT), worker.alone);
        }
    }

    @Test
    void whatEndsAWorkerAfterThatSuspectIsChargedAgain() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            TestGroup group = cluster.group();
            group.send(GUILTY, 1);
            for (int death = 1; death <= 3; death++) {
                awaitReceived(worker, death);
                worker.suspects(true);
                worker.suspects(false);
                worker.restart();
            }
            assertEquals(counts(1, 0, 1, 0), group.finish());
            ItemFault fault = group.fault(GUILTY);
            assertEquals("3 workers ended while they ran this item", fault.getText());
            assertEquals(3, fault.getAttempt());
        }
    }

    @Test
    void asksTheWorkerToRunASuspectAlone() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestWorker worker = cluster.worker(0);
            worker.isOlder = true; // it may understand that or not
            worker.answers = false;
            TestGroup group = cluster.group();
            group.send(INNOCENT, 1);
            for (int death = 1; death <= 2; death++) {
                awaitReceived(worker, death);
                worker.restart();
            }
            awaitReceived(worker, 3);
            assertEquals(List.of(INNOCENT), worker.alone);
            worker.answerAll();
            group.awaitAnswers(1);
            group.send(GUILTY, 1);
            assertEquals(counts(2, 2, 0, 0), group.finish());
            assertEquals(List.of(INNOCENT), worker.alone);
        }
    }

    @Test
    void aSuspectGoesWhereNoneOfAnotherCoordinatorRuns() throws Exception {
        try (TestCluster cluster = new TestCluster(8)) {
            cluster.workers().forEach(worker -> worker.answers = false);
            TestGroup group = cluster.groupOnAll(open -> open);
            group.send(INNOCENT, 1);
            TestWorker first = holder(cluster, 1);
            first.restart();
            TestWorker second = holder(cluster, 2);
            TestWorker free = // the first is away for a moment
                    cluster.workers().stream()
                            .filter(worker -> worker != first && worker != second)
                            .findAny()
                            .orElseThrow();
            cluster.workers().stream()
                    .filter(worker -> worker != second && worker != free)
                    .forEach(worker -> worker.suspects(true));
            second.restart();
            assertEquals(free.name(), holder(cluster, 3).name());
            free.answerAll();
            assertEquals(counts(1, 1, 0, 0), group.finish());
        }
    }

    /// Who has the only item in that attempt.
    private static TestWorker holder(TestCluster cluster, int attempt) {
        Until.holds(
                () -> cluster.workers().stream().anyMatch(worker -> worker.maxAttempt() == attempt),
                () -> "attempt " + attempt);
        return cluster.workers().stream()
                .filter(worker -> worker.maxAttempt() == attempt)
                .findAny()
                .orElseThrow();
    }

    private static void awaitReceived(TestWorker worker, int count) {
        Until.holds(() -> worker.received.size() == count, () -> "" + worker.received);
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
