package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.GroupClosed;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Groups that are cancelled: by their client, by its call, by an operator.
final class CancelTest {

    @Test
    void stopsAtTheFirstFaultIfItIsToldTo() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group(open -> open.setStopAtFirstFault(true));
            cluster.worker(0).answers = false;
            group.send(0, 3);
            Until.holds(() -> cluster.worker(0).received.size() == 3, () -> "not given away");
            cluster.worker(0).answers = true;
            group.send(3, List.of(TestWorker.FAIL));

            assertEquals(counts(4, 0, 1, 3), group.awaitClosed());
            assertEquals("stopped at the first fault, of item 3", group.stopped());
            assertEquals("as told", group.fault(3).getText());
            assertFalse(group.fault(3).getAborted());
            assertEquals("stopped at the first fault, of item 3", group.fault(0).getText());
            assertTrue(group.fault(0).getAborted() && group.fault(0).getRetryable());
        }
    }

    @Test
    void goesOnAfterFaultsOtherwise() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            group.send(0, List.of(TestWorker.FAIL, TestWorker.FAIL));
            group.awaitAnswers(2);
            group.send(2, 3);

            assertEquals(counts(5, 3, 2, 0), group.finish());
        }
    }

    @Test
    void abortsWhatIsOpenWhenTheClientCancels() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = cluster.groupOnAll(open -> open);
            group.send(0, 10);
            group.awaitAnswers(10);
            cluster.workers().forEach(worker -> worker.answers = false);
            group.send(10, 5);
            group.cancel("enough");

            assertEquals(counts(15, 10, 0, 5), group.awaitClosed());
            ItemFault fault = group.fault(12);
            assertEquals(ItemFault.Kind.CANCELLED, fault.getKind());
            assertEquals("cancelled: enough", fault.getText());
            assertTrue(fault.getAborted());
            for (TestWorker worker : cluster.workers()) {
                Until.holds(
                        () -> worker.cancels.equals(List.of("cancelled: enough")),
                        () -> worker.name() + " was not told: " + worker.cancels);
            }
        }
    }

    @Test
    void whatItsWorkersHaveDoneByThenIsAnsweredAsItIs() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            group.send(0, List.of(TestWorker.FAIL));
            group.send(1, 9);
            Until.holds(() -> worker.received.size() == 10, () -> "not given away");
            group.cancel("enough");
            Until.holds(() -> worker.cancels.size() == 1, () -> "it was not told");
            worker.parts().getFirst().handBack(8);
            worker.parts().getFirst().answerOnly(7);
            worker.parts().getFirst().answerOnly(0);
            worker.parts().getFirst().abortAll();

            assertEquals(counts(10, 1, 1, 8), group.awaitClosed());
            assertEquals("as told", group.fault(0).getText());
            assertEquals("cancelled: enough", group.fault(9).getText());
            assertEquals("cancelled: enough", group.fault(2).getText());
            assertEquals("test", group.fault(2).getStage());
        }
    }

    @Test
    void whatIsDoneIsAnsweredAlsoWhereAnotherItemStopsTheGroup() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group(open -> open.setStopAtFirstFault(true));
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            group.send(0, List.of(TestWorker.FAIL));
            group.send(1, 9);
            Until.holds(() -> worker.received.size() == 10, () -> "not given away");
            worker.parts().getFirst().answerOnly(0);
            Until.holds(() -> worker.cancels.size() == 1, () -> "it was not told");
            worker.parts().getFirst().answer(4); // from item 5 on
            worker.parts().getFirst().abortAll();

            assertEquals(counts(10, 5, 1, 4), group.awaitClosed());
            assertTrue(group.fault(1).getAborted() && group.fault(1).getRetryable());
        }
    }

    /// As if the worker had not read that it is to cancel: it does not while it waits for memory.
    @Test
    void aWorkerThatGoesOnAnsweringHoldsUpItsGroupForSomeSecondsOnly() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            group.send(0, 60);
            Until.holds(() -> worker.received.size() == 60, () -> "not given away");
            cluster.overseer().cancel(group.id(), "by night");
            Until.holds(() -> worker.cancels.size() == 1, () -> "it was not told");
            for (int i = 0; i < 60 && !group.isCompleted(); i++) {
                worker.parts().getFirst().answerOnly(i);
                LockSupport.parkNanos(100_000_000);
            }
            GroupClosed closed = group.awaitClosed();
            assertTrue(closed.getOk() > 0 && closed.getAborted() > 0, closed::toString);
            assertEquals(60, closed.getOk() + closed.getAborted());
        }
    }

    @Test
    void aClientThatReadsSlowlyGetsWhatItsWorkersAnswered() throws Exception {
        try (TestCluster cluster =
                new TestCluster(1, "finishTimeoutMs", 6_000, "readAheadBytes", 16 << 20)) {
            TestGroup group = cluster.group();
            group.stopReading();
            ByteString item = ByteString.copyFrom(new byte[200_000]);
            for (int i = 0; i < 30; i++) {
                group.send(i, List.of(item));
            }
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getAccepted() == 30);
            Until.holds(() -> cluster.worker(0).received.size() == 30, () -> "not given away");
            cluster.overseer().cancel(group.id(), "by night");

            for (int i = 0; i < 60 && !group.isCompleted() && group.failure() == null; i++) {
                group.call().request(1); // one in each such time, all of them not
                LockSupport.parkNanos(400_000_000);
            }
            assertEquals(30, group.awaitClosed().getAccepted());
            assertEquals(30, group.results().size() + group.faults().size());
        }
    }

    @Test
    void aLongReasonIsCut() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            cluster.worker(0).answers = false;
            group.send(0, 2_000);
            group.cancel("x".repeat(500_000));
            assertEquals(counts(2_000, 0, 0, 2_000), group.awaitClosed());
            assertEquals("cancelled: " + "x".repeat(1_024) + "…", group.fault(7).getText());
        }
    }

    @Test
    void abortsWhatWaitsForRoom() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "groupWindowItems", 10)) {
            TestGroup group = cluster.group();
            cluster.worker(0).answers = false;
            group.send(0, 8);
            group.send(8, 8); // waits for room
            Until.holds(() -> cluster.worker(0).received.size() == 8, () -> "not given away");
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getItemsInFlight() == 16);
            cluster.overseer().cancel(group.id(), "by night");

            assertEquals(counts(16, 0, 0, 16), group.awaitClosed());
            assertEquals("cancelled: by night", group.fault(15).getText());
            assertEquals(0, group.fault(15).getAttempt());
            assertEquals(1, group.fault(7).getAttempt());
        }
    }

    @Test
    void tellsTheWorkersWhenTheCallIsCancelled() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = cluster.groupOnAll(open -> open);
            cluster.workers().forEach(worker -> worker.answers = false);
            group.send(0, 5);
            Until.holds(
                    () -> cluster.workers().stream().mapToInt(w -> w.received.size()).sum() == 5,
                    () -> "not given away");
            group.call().fail(new CallException(Kind.CANCELLED, "gone"));

            for (TestWorker worker : cluster.workers()) {
                Until.holds(() -> worker.lost.get() == 1, () -> worker.name() + " was not told");
                assertEquals(List.of(), worker.cancels); // for which it could take its time
            }
            cluster.overseer()
                    .awaitHeartbeat(beat ->
                            beat.getLoad().getGroups() == 0
                                    && beat.getLoad().getBytesInFlight() == 0);
        }
    }

    @Test
    void cancelsForAnOperator() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group(open -> open.setOrdered(true));
            TestGroup other = cluster.group();
            cluster.worker(0).answers = false;
            group.send(0, 5);
            Until.holds(() -> cluster.worker(0).received.size() == 5, () -> "not given away");
            cluster.overseer().cancel(group.id(), "");

            assertEquals(counts(5, 0, 0, 5), group.awaitClosed());
            assertEquals("cancelled", group.fault(0).getText());
            assertEquals(List.of(0L, 1L, 2L, 3L, 4L), group.order());
            cluster.worker(0).answers = true;
            other.send(0, 1);
            assertEquals(counts(1, 1, 0, 0), other.finish());
        }
    }

    @Test
    void cancelsAGroupThatIsOpening() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            cluster.worker(0).opensParts = false;
            TestGroup group = cluster.stream().open("echo", open -> open);
            Until.holds(() -> cluster.worker(0).opens.size() == 1, () -> "not asked");
            cluster.overseer().cancel(group.id(), "slow");

            assertEquals(Kind.CANCELLED, group.awaitFailure().kind());
            assertEquals("cancelled: slow", group.awaitFailure().getMessage());
            Until.holds(() -> cluster.worker(0).lost.get() == 1, () -> "the part was not ended");
        }
    }

    @Test
    void endsTheStreamOfAClientThatDoesNotReadTheEnd() throws Exception {
        try (TestCluster cluster =
                new TestCluster(1, "finishTimeoutMs", 100, "groupWindowBytes", 4 << 20)) {
            TestGroup group = cluster.group();
            cluster.worker(0).growth = 40;
            group.stopReading();
            for (int i = 0; i < 400; i++) {
                group.send(i, List.of(ByteString.copyFrom(new byte[20_000])));
            }
            cluster.overseer()
                    .awaitHeartbeat( // answers wait for the client, not only items for the worker
                            beat ->
                                    beat.getLoad().getBytesInFlight() > 2 << 20
                                            && beat.getGroups(0).getWaits().getClientReads() > 10);
            cluster.overseer().cancel(group.id(), "stuck");
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getGroups() == 0);
            group.readOn();

            assertEquals(Kind.CANCELLED, group.awaitFailure().kind());
        }
    }
}
