package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/// Workers that are lost, that come, and that misbehave in the middle of a group.
final class LossTest {

    @Test
    void deliversTheItemsOfALostWorkerAgainToAnother() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = cluster.groupOnAll(open -> open);
            cluster.workers().forEach(worker -> worker.answers = false);
            for (int frame = 0; frame < 20; frame++) {
                group.send(frame * 3L, 3);
            }
            Until.holds(
                    () -> cluster.workers().stream().mapToInt(w -> w.received.size()).sum() == 60,
                    () -> "not all given away");
            TestWorker lost = cluster.worker(0);
            TestWorker other = cluster.worker(1);
            int held = lost.received.size();
            assertTrue(held > 0 && held < 60, "held " + held);
            other.answers = true;
            lost.refusal = new CallException(Kind.UNREACHABLE, "gone");
            lost.die();
            other.answerAll();

            assertEquals(counts(60, 60, 0, 0), group.finish());
            assertEquals(
                    LongStream.range(0, 60).boxed().toList(),
                    List.copyOf(group.results().keySet()));
            assertEquals(held, other.received.stream().filter(item -> item.attempt() == 2).count());
            assertEquals(2, other.maxAttempt());
        }
    }

    /// Behind answers that nobody reads the transport would tell of the worker's end when they are read.
    @Test
    void seesTheEndOfAWorkerWhoseAnswersNobodyReads() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestWorker first = cluster.worker(0);
            first.growth = 500; // to 1 MB, of items of 2 KB
            TestGroup group = cluster.group();
            group.send(0, 1); // how large results are
            group.awaitAnswers(1);
            group.stopReading();
            first.putsOff = sequence -> sequence == 20;
            group.send(1, Collections.nCopies(20, ByteString.copyFrom(new byte[2_000])));
            Until.holds(() -> first.received.size() == 21, () -> "" + first.received.size());
            LockSupport.parkNanos(300_000_000); // answers fill what there is between them
            TestWorker second = cluster.add("w2");
            cluster.overseer().list(second, true);
            cluster.publish();
            first.close();

            Until.holds(
                    () -> second.received.stream().anyMatch(item -> item.sequence() == 20),
                    () -> "the one without an answer is not on the other worker");
            group.readOn();
            assertEquals(counts(21, 21, 0, 0), group.finish());
        }
    }

    @Test
    void deliversOnlyWhatIsUnansweredAgain() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            TestWorker first = cluster.worker(0);
            first.answers = false;
            group.send(0, 10);
            Until.holds(() -> first.received.size() == 10, () -> "not given away");
            List<Long> answered = List.of(0L, 3L, 4L, 9L);
            first.parts().getFirst().call.send(results(answered));
            group.awaitAnswers(4);
            first.refusal = new CallException(Kind.UNREACHABLE, "gone");
            first.die();
            TestWorker second = cluster.add("w2");
            cluster.overseer().list(second, true);
            cluster.publish();

            assertEquals(counts(10, 10, 0, 0), group.finish());
            assertEquals(
                    List.of(1L, 2L, 5L, 6L, 7L, 8L),
                    second.received.stream().map(TestWorker.Received::sequence).toList());
            second.received.forEach(
                    item -> assertEquals(TestGroup.data(item.sequence()), item.data()));
        }
    }

    @Test
    void convictsOnlyTheItemThatEndsItsWorkers() throws Exception {
        try (TestCluster cluster = new TestCluster(4)) {
            cluster.workers().forEach(worker -> worker.diesForGood = true);
            TestGroup group = cluster.groupOnAll(open -> open);
            for (int frame = 0; frame < 4; frame++) {
                group.send(frame * 10L, 10);
            }
            List<ByteString> deadly =
                    List.of(TestGroup.data(40), TestWorker.DIE, TestGroup.data(42));
            group.send(40, deadly);
            group.send(50, 10);

            assertEquals(counts(53, 52, 1, 0), group.finish());
            ItemFault fault = group.fault(41);
            assertEquals(ItemFault.Kind.POISON, fault.getKind());
            assertEquals(3, fault.getAttempt());
            assertEquals("3 workers ended while they ran this item", fault.getText());
            assertEquals(
                    3,
                    cluster.workers().stream()
                            .flatMap(worker -> worker.received.stream())
                            .filter(item -> item.sequence() == 41)
                            .count());
        }
    }

    @Test
    void doesNotChargeAnInnocentItemWithTheDeathsOfAPoisonousOne() throws Exception {
        try (TestCluster cluster = new TestCluster(4)) {
            cluster.workers().forEach(worker -> worker.diesForGood = true);
            cluster.workers().forEach(worker -> worker.answers = false);
            TestGroup group = cluster.groupOnAll(open -> open);
            group.send(0, List.of(TestGroup.data(0), TestWorker.DIE));
            group.awaitAnswers(1); // two workers had both, one had the poison alone
            assertEquals(ItemFault.Kind.POISON, group.fault(1).getKind());
            Until.holds(() -> hasItem0Alone(cluster).isPresent(), () -> "item 0 is on its way");
            TestWorker last = hasItem0Alone(cluster).orElseThrow();
            TestWorker spare = cluster.add("w5");
            cluster.overseer().list(spare, true);
            cluster.publish();
            last.refusal = new CallException(Kind.UNREACHABLE, "gone");
            last.die(); // for a reason of its own

            assertEquals(counts(2, 1, 1, 0), group.finish());
            assertEquals(TestGroup.data(0), group.results().get(0L));
        }
    }

    private static Optional<TestWorker> hasItem0Alone(TestCluster cluster) {
        return cluster.workers().stream()
                .filter(worker -> worker.received.size() == 1)
                .filter(worker -> worker.received.getFirst().sequence() == 0)
                .findFirst();
    }

    @Test
    void doesNotTakeALostConnectionForADeath() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            group.send(0, 2);
            for (int losses = 0; losses < 4; losses++) {
                int attempt = losses + 1;
                Until.holds(() -> worker.maxAttempt() == attempt, () -> "attempt " + attempt);
                worker.parts().getLast().call.fail(new CallException(Kind.UNREACHABLE, "cut"));
            }
            Until.holds(() -> worker.maxAttempt() == 5, () -> "attempt 5");
            worker.answerAll();

            assertEquals(counts(2, 2, 0, 0), group.finish());
        }
    }

    /// One after the other, and each comes back only when the last one is cut.
    @Test
    void doesNotTakeARollingCutForDeaths() throws Exception {
        try (TestCluster cluster = new TestCluster(3)) {
            cluster.workers().forEach(worker -> worker.answers = false);
            TestGroup group = cluster.groupOnAll(open -> open);
            group.send(0, 1);
            for (int cut = 1; cut <= 3; cut++) {
                int attempt = cut;
                Until.holds(() -> has(cluster, attempt).isPresent(), () -> "attempt " + attempt);
                TestWorker worker = has(cluster, attempt).orElseThrow();
                worker.refusal = new CallException(Kind.UNREACHABLE, "cut");
                worker.die();
            }
            LockSupport.parkNanos(500_000_000);
            assertEquals(0, group.order().size(), () -> "" + group.faults());
            cluster.workers().forEach(worker -> worker.answers = true);
            cluster.workers().forEach(worker -> worker.refusal = null);

            assertEquals(counts(1, 1, 0, 0), group.finish());
        }
    }

    private static Optional<TestWorker> has(TestCluster cluster, int attempt) {
        return cluster.workers().stream()
                .filter(worker -> worker.maxAttempt() == attempt && worker.refusal == null)
                .findFirst();
    }

    @Test
    void givesAWorkerThatComesLaterItsShare() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            group.send(0, 10);
            group.awaitAnswers(10);
            TestWorker late = cluster.add("w2");
            late.answers = false;
            cluster.worker(0).answers = false;
            cluster.overseer().list(late, true);
            cluster.publish();
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getWorkersCount() == 2);
            for (int frame = 0; frame < 20; frame++) {
                group.send(100 + frame * 10L, 10);
            }
            Until.holds(() -> late.received.size() >= 50, () -> "got " + late.received.size());
            cluster.workers().forEach(TestWorker::answerAll);

            assertEquals(counts(210, 210, 0, 0), group.finish());
            assertEquals(TestCluster.ECHO, late.opens.getFirst().getPlugin());
        }
    }

    @Test
    void givesAWorkerThatIsNotReadyNothingNew() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = cluster.groupOnAll(open -> open);
            cluster.overseer().list(cluster.worker(0), false);
            cluster.publish();
            Until.holds(
                    () -> {
                        TestGroup next = cluster.group();
                        next.finish();
                        return cluster.worker(0).opens.stream()
                                .noneMatch(open -> open.getGroup().equals(next.id()));
                    },
                    () -> "the view did not come");
            for (int frame = 0; frame < 20; frame++) {
                group.send(frame * 10L, 10);
            }

            assertEquals(counts(200, 200, 0, 0), group.finish());
            assertEquals(List.of(), cluster.worker(0).received);
        }
    }

    @Test
    void keepsWorkersThatTheViewNoLongerNames() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            cluster.overseer().forget(cluster.worker(0));
            cluster.publish();
            cluster.overseer().awaitHeartbeat(heartbeat -> heartbeat.getLoad().getGroups() == 1);
            group.send(0, 100);

            assertEquals(counts(100, 100, 0, 0), group.finish());
        }
    }

    @Test
    void opensAgainOnAWorkerThatLives() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            group.send(0, 1);
            group.awaitAnswers(1);
            cluster.worker(0).die();
            group.send(1, 1);

            assertEquals(counts(2, 2, 0, 0), group.finish());
            List<OpenWork> opens = cluster.worker(0).opens;
            assertEquals(2, opens.size());
            long first = opens.getFirst().getOpening();
            assertTrue(first > 0, "0 would not tell them apart");
            assertTrue(opens.getLast().getOpening() > first, () -> "openings: " + opens);
        }
    }

    @Test
    void leavesAProcessThatWasReplacedAtOnce() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            cluster.worker(0).answers = false;
            group.send(0, 5);
            Until.holds(() -> cluster.worker(0).received.size() == 5, () -> "not given away");
            try (TestWorker next = new TestWorker("w1", new Endpoint("127.0.0.1", 0), "w1-2")) {
                cluster.overseer().list(next, true);
                cluster.publish();

                assertEquals(counts(5, 5, 0, 0), group.finish());
                assertEquals(2, next.maxAttempt());
                Until.holds(() -> cluster.worker(0).lost.get() == 1, () -> "it was not left");
            }
        }
    }

    @Test
    void endsTheGroupWhenNoWorkerComes() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "noWorkerTimeoutMs", 100)) {
            TestGroup group = cluster.group();
            cluster.worker(0).answers = false;
            group.send(0, 5);
            Until.holds(() -> cluster.worker(0).received.size() == 5, () -> "not given away");
            cluster.worker(0).close();

            assertEquals(counts(5, 0, 0, 5), group.awaitClosed());
            ItemFault fault = group.fault(4);
            assertEquals(ItemFault.Kind.SYSTEM, fault.getKind());
            assertEquals("no worker was ready for 100 ms", fault.getText());
            assertEquals(1, fault.getAttempt());
            assertTrue(fault.getRetryable() && fault.getAborted());
        }
    }

    @Test
    void believesNoAnswerForAnItemThatTheWorkerDoesNotHold() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            group.send(0, 5);
            Until.holds(() -> worker.received.size() == 5, () -> "not given away");
            worker.parts().getFirst().call.send(results(List.of(1L, 2L, 1L)));
            Until.holds(() -> worker.parts().size() == 2, () -> "not opened again");
            Until.holds(() -> worker.received.size() == 10, () -> "not delivered again");
            worker.parts().getLast().answerAll();

            assertEquals(counts(5, 5, 0, 0), group.finish());
            assertEquals(2, worker.maxAttempt());
        }
    }

    @Test
    void keepsTheOrderThroughALoss() throws Exception {
        try (TestCluster cluster = new TestCluster(3)) {
            TestGroup group = cluster.groupOnAll(open -> open.setOrdered(true));
            cluster.worker(0).answers = false;
            for (int frame = 0; frame < 50; frame++) {
                group.send(frame * 10L, 10);
            }
            TestWorker silent = cluster.worker(0);
            Until.holds(() -> !silent.received.isEmpty(), () -> "nothing given away");
            silent.answers = true;
            silent.die();

            assertEquals(counts(500, 500, 0, 0), group.finish());
            assertEquals(LongStream.range(0, 500).boxed().toList(), group.order());
        }
    }

    private static WorkResponse results(List<Long> sequences) {
        Items.Builder results = Items.newBuilder();
        ByteString body = ByteString.EMPTY;
        for (long sequence : sequences) {
            ByteString data = TestGroup.data(sequence);
            results.addSequences(sequence).addSizes(data.size());
            body = body.concat(data);
        }
        return WorkResponse.newBuilder()
                .setOutcomes(Outcomes.newBuilder().setResults(results.setBody(body)))
                .build();
    }
}
