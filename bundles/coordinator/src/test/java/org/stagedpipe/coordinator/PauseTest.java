package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.GroupClosed;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Workers whose memory is short: they take nothing, and give back what they have not started.
final class PauseTest {

    private static GroupClosed ok(long items) {
        return GroupClosed.newBuilder().setAccepted(items).setOk(items).build();
    }

    /// A worker's only part, which takes no more items.
    private static TestWorker.Part paused(TestWorker worker) {
        TestWorker.Part part = worker.parts().getFirst();
        part.capacity(0);
        worker.answers = false;
        return part;
    }

    @Test
    void aPausedWorkerGetsNothing() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = cluster.groupOnAll(open -> open);
            TestWorker first = cluster.worker(0);
            TestWorker other = cluster.worker(1);
            AtomicLong next = new AtomicLong();
            paused(first).handBack(List.of()); // an empty one changes nothing
            Until.holds( // until the coordinator has heard of it
                    () -> {
                        int before = first.received.size();
                        for (int i = 0; i < 20; i++) {
                            group.send(next.getAndIncrement(), 1);
                        }
                        Until.holds(
                                () -> first.received.size() + other.received.size() == next.get(),
                                () -> "not all given away");
                        return first.received.size() == before;
                    },
                    () -> "it still gets items");
            int held = first.received.size();
            first.answerAll(); // or the other one, which holds nothing, is the less busy for ever
            first.parts().getFirst().capacity(10);
            Until.holds(
                    () -> {
                        group.send(next.getAndIncrement(), 1);
                        return first.received.size() > held;
                    },
                    () -> "it gets nothing although it takes items again");
            assertEquals(ok(next.get()), group.finish());
        }
    }

    /// Of slow items, say: the rest is for whoever is free first.
    @Test
    void aWorkerGetsNoMoreThanItWants() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestWorker first = cluster.worker(0);
            TestWorker other = cluster.worker(1);
            for (TestWorker worker : List.of(first, other)) {
                worker.maxItems = 4;
                worker.answers = false;
            }
            TestGroup group = cluster.groupOnAll(open -> open);
            group.send(0, 30);
            Until.holds(
                    () -> first.received.size() == 4 && other.received.size() == 4,
                    () -> first.received.size() + " and " + other.received.size());
            first.parts().getFirst().answer(0);
            Until.holds(() -> first.received.size() == 8, () -> "" + first.received.size());
            assertEquals(4, other.received.size());
            first.answerAll();
            other.answerAll();
            assertEquals(ok(30), group.finish());
        }
    }

    @Test
    void refusesCreditThatIsNegative() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            group.send(0, 3);
            Until.holds(() -> worker.received.size() == 3, () -> "not given away");
            worker.parts().getFirst().capacity(-1);
            Until.holds(() -> worker.received.size() == 6, () -> "not delivered again");
            assertEquals(1, worker.lost.get()); // that part only; the worker gets another one
            assertEquals( // who ends a call as its caller can say no more
                    Kind.CANCELLED, worker.failures.getFirst().kind());
            worker.parts().getLast().answerAll();
            assertEquals(ok(3), group.finish());
        }
    }

    @Test
    void refusesAWorkerThatBeginsWithCreditThatIsNegative() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestWorker worker = cluster.worker(0);
            worker.maxItems = -1;
            CallException why = cluster.stream().open("echo", open -> open).awaitFailure();
            assertEquals(Kind.INTERNAL, why.kind()); // neither the client's fault nor the plugin's
            assertEquals(
                    "worker w1 takes 4294967295 items (expected: below 2^31)", why.getMessage());
            Until.holds(() -> worker.lost.get() == 1, () -> "its part goes on");

            worker.maxItems = 1_000;
            TestGroup group = cluster.group();
            group.send(0, 3);
            assertEquals(ok(3), group.finish());
        }
    }

    @Test
    void wholeFramesThatAreHandedBackGoElsewhere() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            TestWorker first = cluster.worker(0);
            first.answers = false;
            group.send(0, 10);
            group.send(10, 10);
            Until.holds(() -> first.received.size() == 20, () -> "not given away");
            TestWorker second = cluster.add("w2");
            cluster.overseer().list(second, true);
            cluster.publish();
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getWorkersCount() == 2);
            TestWorker.Part part = paused(first);
            part.handBack(10);

            group.awaitAnswers(10);
            assertEquals(2, second.maxAttempt());
            first.answerAll();
            assertEquals(ok(20), group.finish());
        }
    }

    @Test
    void theRestOfAFrameThatIsHandedBackGoesElsewhere() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group(open -> open.setOrdered(true));
            TestWorker first = cluster.worker(0);
            first.answers = false;
            group.send(0, 10);
            Until.holds(() -> first.received.size() == 10, () -> "not given away");
            TestWorker second = cluster.add("w2");
            cluster.overseer().list(second, true);
            cluster.publish();
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getWorkersCount() == 2);
            paused(first).handBack(4);

            Until.holds(() -> second.received.size() == 6, () -> "" + second.received);
            second.received.forEach(
                    item -> assertEquals(TestGroup.data(item.sequence()), item.data()));
            first.answerAll();
            assertEquals(ok(10), group.finish());
            assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L), group.order());
        }
    }

    @Test
    void bothWorkersOfAFrameAnswerWhatTheyHaveOfIt() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            TestWorker first = cluster.worker(0);
            first.answers = false;
            group.send(0, 10);
            Until.holds(() -> first.received.size() == 10, () -> "not given away");
            TestWorker second = cluster.add("w2");
            second.answers = false;
            cluster.overseer().list(second, true);
            cluster.publish();
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getWorkersCount() == 2);
            TestWorker.Part part = paused(first);
            part.handBack(4);
            Until.holds(() -> second.received.size() == 6, () -> "" + second.received);

            part.answer(3);
            group.awaitAnswers(1);
            second.answerAll();
            group.awaitAnswers(7);
            part.answerAll();
            group.awaitAnswers(10);
            assertEquals(0, first.lost.get() + second.lost.get(), "parts that were ended");
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getTimedItems() == 10);
            assertEquals(ok(10), group.finish());
        }
    }

    @Test
    void noDeathIsCounted() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            group.send(0, 3);
            for (int times = 1; times <= 5; times++) {
                int received = 3 * times;
                Until.holds(() -> worker.received.size() == received, () -> "not given away");
                worker.parts().getFirst().handBack(0);
            }
            Until.holds(() -> worker.received.size() == 18, () -> "not given away");
            worker.answerAll();
            assertEquals(ok(3), group.finish());
        }
    }

    @Test
    void aBigItemIsHandedBackWhileItsChunksGoOut() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            TestWorker first = cluster.worker(0);
            first.reads = false;
            ByteString big = ByteString.copyFrom(new byte[8 << 20]);
            group.sendBig(0, big, 1 << 18);
            Until.holds(() -> first.gotChunk, () -> "not begun");
            TestWorker second = cluster.add("w2");
            cluster.overseer().list(second, true);
            cluster.publish();
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getWorkersCount() == 2);
            TestWorker.Part part = first.parts().getFirst();
            part.capacity(0);
            part.handBack(List.of(0L));

            group.awaitAnswers(1);
            assertEquals(big, second.received.getFirst().data());
            first.die();
            assertEquals(ok(1), group.finish());
        }
    }

    @Test
    void aBigItemThatIsHandedBackStopsNoOtherOne() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            TestWorker first = cluster.worker(0);
            first.reads = false;
            first.answers = false;
            ByteString small = ByteString.copyFrom(new byte[20_000]);
            ByteString big = ByteString.copyFrom(new byte[8 << 20]);
            group.sendBig(0, small, 1 << 18); // its only chunk is out
            Until.holds(() -> first.received.size() == 1, () -> "not given away");
            first.gotChunk = false;
            group.sendBig(1, big, 1 << 18);
            first.parts().getFirst().call.request(1);
            Until.holds(() -> first.gotChunk, () -> "not begun");
            TestWorker second = cluster.add("w2");
            cluster.overseer().list(second, true);
            cluster.publish();
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getWorkersCount() == 2);
            first.parts().getFirst().handBack(0);
            Until.holds(() -> !second.received.isEmpty(), () -> "not given to the other one");
            first.read();

            Until.holds(() -> first.received.size() == 2, () -> "its chunks stopped");
            assertEquals(big, first.received.getLast().data());
            first.answerAll();
            assertEquals(ok(2), group.finish());
        }
    }

    @Test
    void whatAWorkerDoesNotHoldItCannotHandBack() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.parts().getFirst().handBack(List.of(7L));
            Until.holds(() -> worker.lost.get() == 1, () -> "its part goes on");
            group.send(0, 3);
            assertEquals(ok(3), group.finish());
        }
    }

    @Test
    void cancelReachesAPausedWorkerThatReadsNothing() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "finishTimeoutMs", 60_000)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            group.send(0, 3);
            Until.holds(() -> worker.received.size() == 3, () -> "not given away");
            worker.reads = false;
            worker.parts().getFirst().capacity(0);
            group.send(10, 3);
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getAccepted() == 6);
            group.cancel("enough");
            assertEquals(6, group.awaitClosed().getAborted());
            Until.holds(() -> worker.lost.get() == 1, () -> "it was not told");
        }
    }

    /// As one does whose memory is taken by other groups.
    @Test
    void cancelReachesAWorkerThatReadsNothing() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "finishTimeoutMs", 60_000)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            worker.reads = false;
            group.send(0, 3);
            Until.holds(() -> worker.received.size() == 3, () -> "not given away");
            group.cancel("enough");
            assertEquals(3, group.awaitClosed().getAborted());
            Until.holds(() -> worker.lost.get() == 1, () -> "it was not told");
        }
    }
}
