package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.Items;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/// Small items whose results are large: workers hold these while the client does not read.
final class LargeResultsTest {

    private static final ByteString ITEM = ByteString.copyFrom(new byte[200]);
    private static final int GROWTH = 5_000; // to almost 1 MiB

    @Test
    void noMoreItemsRunThanTheirResultsHaveRoom() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestWorker worker = cluster.worker(0);
            worker.growth = GROWTH;
            worker.answers = false;
            TestGroup group = cluster.group();
            group.stopReading();
            group.send(0, Collections.nCopies(80, ITEM));
            group.send(80, Collections.nCopies(80, ITEM));
            Until.holds(() -> worker.received.size() >= 64, () -> "" + worker.received.size());
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getAccepted() == 160);
            assertEquals(64, worker.received.size());
            worker.answerAll();
            LockSupport.parkNanos(500_000_000); // in which all would run, if they could
            assertTrue(worker.received.size() < 100, "ran " + worker.received.size());
            group.readOn();

            assertEquals(counts(160, 160, 0, 0), group.finish());
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getBytesInFlight() == 0);
        }
    }

    @Test
    void afterOneSmallResultTheyAllRun() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            worker.maxItems = 10_000;
            TestGroup group = cluster.group();
            group.send(0, Collections.nCopies(4_096, ITEM));
            Until.holds(() -> worker.received.size() == 64, () -> "" + worker.received.size());
            worker.parts().getFirst().answer(63);
            Until.holds(() -> worker.received.size() == 4_096, () -> "" + worker.received.size());
            assertEquals(1, worker.maxAttempt());
            worker.answerAll();

            assertEquals(counts(4_096, 4_096, 0, 0), group.finish());
            assertEquals(
                    LongStream.range(0, 4_096).boxed().toList(),
                    worker.received.stream().map(TestWorker.Received::sequence).toList());
        }
    }

    @Test
    void anOrderedGroupsResultsLeaveInTheirOrder() throws Exception {
        try (TestCluster cluster = new TestCluster(3)) {
            cluster.workers().forEach(worker -> worker.growth = GROWTH / 4);
            TestGroup group = cluster.groupOnAll(open -> open.setOrdered(true));
            group.send(0, Collections.nCopies(300, ITEM));

            assertEquals(counts(300, 300, 0, 0), group.finish());
            assertEquals(LongStream.range(0, 300).boxed().toList(), group.order());
        }
    }

    /// Items of a key come to their worker in ascending sequences, also those of a frame that was cut.
    @Test
    void aKeyedGroupKeepsTheOrderOfItsKeys() throws Exception {
        try (TestCluster cluster = new TestCluster(3)) {
            cluster.workers().forEach(worker -> worker.growth = GROWTH / 4);
            TestGroup group = cluster.groupOnAll(open -> open.setKeyed(true));
            Items.Builder items = Items.newBuilder();
            for (int i = 0; i < 300; i++) {
                items.addSequences(i).addSizes(ITEM.size()).addKeys(1 + i % 7);
            }
            group.send(items.setBody(ByteString.copyFrom(Collections.nCopies(300, ITEM))).build());

            assertEquals(counts(300, 300, 0, 0), group.finish());
            for (int key = 0; key < 7; key++) {
                int rest = key;
                List<Long> came =
                        cluster.workers().stream()
                                .map(worker ->
                                        worker.received.stream()
                                                .map(TestWorker.Received::sequence)
                                                .filter(sequence -> sequence % 7 == rest)
                                                .toList())
                                .filter(list -> !list.isEmpty())
                                .reduce((one, other) -> List.of())
                                .orElseThrow();
                assertEquals(came.stream().sorted().distinct().toList(), came);
                assertTrue(came.size() >= 42, "key " + key + " has " + came.size());
            }
        }
    }
}
