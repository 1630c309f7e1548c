package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.ItemFault;

/// Workers that come back under the same address while no overseer tells of it.
final class RestartTest {

    @Test
    void aProcessThatCameBackHadDied() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestWorker worker = cluster.worker(0);
            TestGroup group = cluster.group();
            restart(worker, group, 3);
            group.awaitAnswers(1);
            assertEquals("3 workers ended while they ran this item", group.fault(0).getText());
            assertEquals(ItemFault.Kind.POISON, group.fault(0).getKind());
            assertEquals(counts(1, 0, 1, 0), group.finish());
        }
    }

    /// Nothing speaks for its life.
    @Test
    void aProcessThatDoesNotSayWhichItIsHadDied() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            cluster.worker(0).saysItsProcess = false;
            TestGroup group = cluster.group();
            restart(cluster.worker(0), group, 3);
            group.awaitAnswers(1);
            assertEquals(ItemFault.Kind.POISON, group.fault(0).getKind());
        }
    }

    @Test
    void aWorkerThatWasAboutToStopChargesNobody() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestWorker worker = cluster.worker(0);
            TestGroup group = cluster.group();
            worker.answers = false;
            group.send(0, 2);
            for (int attempt = 1; attempt < 5; attempt++) {
                await(worker, attempt);
                worker.stop();
            }
            await(worker, 5);
            worker.answerAll();
            assertEquals(counts(2, 2, 0, 0), group.finish());
        }
    }

    /// The part on the new process stays, with the old view and with the new one.
    @Test
    void theViewCatchesUp() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestWorker worker = cluster.worker(0);
            TestGroup group = cluster.group();
            restart(worker, group, 1);
            await(worker, 2);
            cluster.publish();
            cluster.overseer().list(worker, true);
            cluster.publish();
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getWorkersCount() == 1);
            assertEquals(0, worker.lost.get());
            assertEquals(2, worker.parts().size());
            worker.answerAll();
            assertEquals(counts(1, 1, 0, 0), group.finish());
        }
    }

    private static void restart(TestWorker worker, TestGroup group, int times) {
        worker.answers = false;
        group.send(0, 1);
        for (int attempt = 1; attempt <= times; attempt++) {
            await(worker, attempt);
            worker.restart();
        }
    }

    private static void await(TestWorker worker, int attempt) {
        Until.holds(() -> worker.maxAttempt() == attempt, () -> "no attempt " + attempt);
    }
}
