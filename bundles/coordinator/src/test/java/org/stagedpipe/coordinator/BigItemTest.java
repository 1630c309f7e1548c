package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.ItemFault;

import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/// Items that travel in chunks, both ways.
final class BigItemTest {

    private static final ByteString BIG = random(5_000_000);

    @Test
    void carriesBigItemsBothWaysBetweenSmallOnes() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = cluster.group();
            group.send(0, 10);
            group.sendBig(10, BIG, 256 << 10);
            group.send(11, 10);
            group.sendBig(21, BIG, 1 << 20);
            group.sendBig(22, random(1), 1);

            assertEquals(counts(23, 23, 0, 0), group.finish());
            assertEquals(BIG, group.results().get(10L));
            assertEquals(BIG, group.results().get(21L));
            assertEquals(random(1), group.results().get(22L));
        }
    }

    @Test
    void keepsTheOrderAroundBigItems() throws Exception {
        try (TestCluster cluster = new TestCluster(3)) {
            TestGroup group = cluster.group(open -> open.setOrdered(true));
            for (int i = 0; i < 60; i += 6) {
                group.send(i, 5);
                group.sendBig(i + 5, BIG, 256 << 10);
            }

            assertEquals(counts(60, 60, 0, 0), group.finish());
            for (int i = 0; i < 60; i++) {
                assertEquals(i, group.order().get(i));
            }
        }
    }

    @Test
    void deliversABigItemOfALostWorkerAgain() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            cluster.worker(0).answers = false;
            group.sendBig(0, BIG, 256 << 10);
            Until.holds(() -> cluster.worker(0).received.size() == 1, () -> "not given away");
            cluster.worker(0).answers = true;
            cluster.worker(0).die();

            assertEquals(counts(1, 1, 0, 0), group.finish());
            assertEquals(2, cluster.worker(0).maxAttempt());
            assertEquals(BIG, group.results().get(0L));
        }
    }

    /// It cannot have begun there.
    @Test
    void chargesNoItemThatWasNotSentWholeWithTheEndsOfWorkers() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestWorker worker = cluster.worker(0);
            worker.reads = false;
            TestGroup group = cluster.group();
            ByteString item = random(9_000_000); // more than lies between them
            group.sendBig(0, item, 256 << 10);
            for (int ends = 1; ends <= 4; ends++) {
                LockSupport.parkNanos(300_000_000); // in which it is given away
                int before = worker.opens.size();
                worker.reads = ends == 4;
                worker.restart();
                Until.holds(() -> worker.opens.size() > before, () -> "opened no more");
            }
            assertEquals(counts(1, 1, 0, 0), group.finish());
            assertTrue(worker.maxAttempt() > 1, "never given away before");
            assertEquals(item, group.results().get(0L));
        }
    }

    /// Before the rest of it has come.
    @Test
    void refusesAnItemThatIsTooLargeAtItsFirstChunk() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "maxItemBytes", 1 << 20)) {
            TestGroup group = cluster.group();
            Chunk.Builder chunk = Chunk.newBuilder().setSize((1 << 20) + 1);
            group.send(chunk.setData(BIG.substring(0, 600_000)).build());
            group.awaitAnswers(1);
            assertEquals(ItemFault.Kind.TOO_LARGE, group.fault(0).getKind());
            group.send(chunk.setOffset(600_000).setData(BIG.substring(0, 448_577)).build());
            group.send(1, 2);
            assertEquals(counts(3, 2, 1, 0), group.finish());
        }
    }

    @Test
    void collectsCrumbs() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            ByteString item = random(700_000);
            group.sendBig(0, item, 777);

            assertEquals(counts(1, 1, 0, 0), group.finish());
            assertEquals(item, group.results().get(0L));
        }
    }

    @Test
    void letsOneItemIntoAWindowThatIsSmallerThanIt() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "groupWindowBytes", 1 << 20)) {
            TestGroup group = cluster.group();
            group.sendBig(0, BIG, 256 << 10);
            group.sendBig(1, BIG, 256 << 10);

            assertEquals(counts(2, 2, 0, 0), group.finish());
        }
    }

    @Test
    void refusesAResultThatIsTooLarge() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "maxItemBytes", 6_000_000)) {
            TestGroup group = cluster.group();
            cluster.worker(0).growth = 2;
            group.sendBig(0, BIG, 256 << 10);
            group.send(1, List.of(TestGroup.data(1)));

            assertEquals(counts(2, 1, 1, 0), group.finish());
            ItemFault fault = group.fault(0);
            assertEquals(ItemFault.Kind.BAD_RESULT, fault.getKind());
            assertEquals("a result of 10000000 bytes (expected: at most 6000000)", fault.getText());
        }
    }

    private static ByteString random(int size) {
        byte[] bytes = new byte[size];
        new Random(1).nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }
}
