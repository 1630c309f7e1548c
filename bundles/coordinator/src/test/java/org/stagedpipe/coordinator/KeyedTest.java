package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Test;
import org.stagedpipe.coordinator.TestWorker.Received;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.transport.CallException;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Items of one key: on one worker at a time, in their order, whatever happens to workers. The key of an item is its sequence
/// modulo [#KEYS], plus 1.
final class KeyedTest {

    private static final int KEYS = 40;

    @Test
    void sendsAllItemsOfAKeyToOneWorkerInTheirOrder() throws Exception {
        try (TestCluster cluster = new TestCluster(3)) {
            TestGroup group = cluster.groupOnAll(open -> open.setKeyed(true));
            cluster.workers().forEach(worker -> worker.answers = false);
            send(group, 0, 60, 20);
            awaitReceived(cluster, 60);

            Set<Long> seen = new HashSet<>();
            for (TestWorker worker : cluster.workers()) {
                Set<Long> keys = new TreeSet<>();
                worker.received.forEach(item -> keys.add(key(item.sequence())));
                assertTrue(keys.size() > 4, worker.name() + " has the keys " + keys);
                keys.forEach(key -> assertTrue(seen.add(key), "two workers have key " + key));
                assertAscending(worker.received);
            }
            cluster.workers().forEach(TestWorker::answerAll);
            assertEquals(DeliveryTest.counts(60, 60, 0, 0), group.finish());
            group.results()
                    .forEach((sequence, bytes) -> assertEquals(TestGroup.data(sequence), bytes));
        }
    }

    @Test
    void deliversTheKeysOfALostWorkerAgainInTheirOrderAndLaterItemsAfterThem() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = cluster.groupOnAll(open -> open.setKeyed(true).setOrdered(true));
            TestWorker lost = cluster.worker(0);
            TestWorker other = cluster.worker(1);
            lost.answers = false;
            lost.diesForGood = true;
            send(group, 0, 200, 40);
            Until.holds(
                    () -> lost.received.size() + other.received.size() == 200,
                    () -> "not all given away");
            int before = other.received.size();
            cluster.overseer().list(lost, false);
            cluster.publish();
            lost.opensParts = false;
            lost.die();
            send(group, 200, 200, 40);

            assertEquals(DeliveryTest.counts(400, 400, 0, 0), group.finish());
            List<Received> after = other.received.subList(before, other.received.size());
            assertEquals(400 - before, after.size());
            assertAscending(after);
            assertTrue(after.stream().anyMatch(item -> item.attempt() == 2));
        }
    }

    @Test
    void movesAKeyToANewWorkerOnlyWhenTheOldOneHasAnsweredWhatItHasOfIt() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.groupOnAll(open -> open.setKeyed(true));
            TestWorker old = cluster.worker(0);
            old.answers = false;
            send(group, 0, KEYS, KEYS);
            awaitReceived(cluster, KEYS);
            TestWorker joined = cluster.add("w2");
            cluster.overseer().list(joined, true);
            cluster.publish();
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getWorkersCount() == 2);
            send(group, KEYS, KEYS, KEYS);
            Until.holds(() -> old.received.size() > KEYS, () -> "nothing more on the old worker");
            assertEquals(List.of(), joined.received); // all keys are under way on the old one

            old.answerAll();
            assertEquals(DeliveryTest.counts(80, 80, 0, 0), group.finish());
            assertTrue(joined.received.size() > 4, "moved: " + joined.received.size());
            assertEquals(2 * KEYS, old.received.size() + joined.received.size());
        }
    }

    @Test
    void anItemThatHangsKeepsNoOtherKeyOfItsFrameFromANewWorker() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.groupOnAll(open -> open.setKeyed(true));
            TestWorker old = cluster.worker(0);
            old.answers = false;
            send(group, 0, KEYS, KEYS);
            awaitReceived(cluster, KEYS);
            TestWorker.Part part = old.parts().getLast();
            for (int sequence = 1; sequence < KEYS; sequence++) {
                part.answerOnly(sequence); // all but the first
            }
            group.awaitAnswers(KEYS - 1);
            TestWorker joined = cluster.add("w2");
            joined.answers = false;
            cluster.overseer().list(joined, true);
            cluster.publish();
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getWorkersCount() == 2);
            send(group, KEYS, KEYS, KEYS);
            Until.holds(() -> joined.received.size() > 4, () -> "got " + joined.received);
            assertTrue(joined.received.stream().noneMatch(item -> item.sequence() == KEYS));

            cluster.workers().forEach(TestWorker::answerAll);
            assertEquals(DeliveryTest.counts(2 * KEYS, 2 * KEYS, 0, 0), group.finish());
        }
    }

    @Test
    void aPausedWorkersKeysGoElsewhere() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = cluster.groupOnAll(open -> open.setKeyed(true));
            cluster.workers().forEach(worker -> worker.answers = false);
            send(group, 0, KEYS, KEYS);
            awaitReceived(cluster, KEYS);
            TestWorker paused = cluster.worker(0);
            int before = paused.received.size();
            assertTrue(before > 0, "w1 has no keys");
            paused.parts().forEach(part -> part.capacity(0));
            cluster.workers().forEach(TestWorker::answerAll);
            group.awaitAnswers(KEYS); // its pause came before its answers

            send(group, KEYS, KEYS, KEYS);
            group.awaitAnswers(2 * KEYS);
            assertEquals(before, paused.received.size());
            assertEquals(DeliveryTest.counts(2 * KEYS, 2 * KEYS, 0, 0), group.finish());
        }
    }

    @Test
    void whatAWorkerGivesBackGoesElsewhere() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = cluster.groupOnAll(open -> open.setKeyed(true));
            cluster.workers().forEach(worker -> worker.answers = false);
            send(group, 0, KEYS, KEYS);
            awaitReceived(cluster, KEYS);
            cluster.worker(1).answerAll();
            TestWorker paused = cluster.worker(0);
            paused.parts().forEach(part -> part.capacity(0));
            paused.parts().forEach(part -> part.handBack(0));
            assertEquals(DeliveryTest.counts(KEYS, KEYS, 0, 0), group.finish());
            assertEquals(2, cluster.worker(1).maxAttempt());
        }
    }

    /// Otherwise its worker got items of that key while another one runs some.
    @Test
    void whatIsDeliveredAgainHasNothingToDoWithTheKeysOfWhatWasAnsweredBesideIt() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = cluster.groupOnAll(open -> open.setKeyed(true));
            TestWorker first = cluster.worker(0);
            TestWorker second = cluster.worker(1);
            send(group, 0, KEYS, KEYS);
            group.awaitAnswers(KEYS);
            List<Long> keys = first.received.stream().map(item -> key(item.sequence())).toList();
            long one = keys.get(0);
            long another = keys.get(1);
            cluster.workers().forEach(worker -> worker.answers = false);

            sendKeys(group, KEYS, another);
            sendKeys(group, KEYS + 1, one, another);
            sendKeys(group, KEYS + 3, keys.get(2));
            awaitReceived(cluster, KEYS + 4);
            TestWorker.Part part = first.parts().getLast();
            part.answerOnly(KEYS + 1);
            part.capacity(0);
            part.handBackOnly(KEYS + 2);
            part.answerOnly(KEYS + 3); // last: what it gave back has come, then
            group.awaitAnswers(KEYS + 2);
            sendKeys(group, KEYS + 4, one);
            awaitReceived(second, KEYS + 4);
            part.capacity(1_000);
            awaitReceived(cluster, KEYS + 6);
            sendKeys(group, KEYS + 5, one);
            sendKeys(group, KEYS + 6, another);
            awaitReceived(first, KEYS + 6);
            assertTrue(first.received.stream().noneMatch(item -> item.sequence() == KEYS + 5));

            cluster.workers().forEach(TestWorker::answerAll);
            assertEquals(DeliveryTest.counts(KEYS + 7, KEYS + 7, 0, 0), group.finish());
        }
    }

    /// A frame with an item for each of these keys.
    private static void sendKeys(TestGroup group, long from, long... keys) {
        Items.Builder items = Items.newBuilder();
        ByteString body = ByteString.EMPTY;
        for (int i = 0; i < keys.length; i++) {
            ByteString data = TestGroup.data(from + i);
            items.addSequences(from + i).addSizes(data.size()).addKeys(keys[i]);
            body = body.concat(data);
        }
        group.send(items.setBody(body).build());
    }

    private static void awaitReceived(TestWorker worker, long sequence) {
        Until.holds(
                () -> worker.received.stream().anyMatch(item -> item.sequence() == sequence),
                () -> worker.name() + " has not got " + sequence);
    }

    /// Counts what is allocated: a pass over what is under way costs hundreds of bytes for each item of it.
    @Test
    void anItemCostsNoMoreWhileManyAreUnderWay() throws Exception {
        try (TestCluster cluster = new TestCluster(0)) {
            TestWorker worker = cluster.add("w1");
            worker.maxItems = 10_000;
            cluster.overseer().list(worker, true);
            cluster.publish();
            TestGroup group = cluster.groupOnAll(open -> open.setKeyed(true));
            send(group, 0, 1, 1);
            group.awaitAnswers(1); // or it gets no more than the first few
            worker.answers = false;
            send(group, 1, 4_000, 1);
            awaitReceived(cluster, 4_001);

            ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
            long before = threads.getTotalThreadAllocatedBytes();
            send(group, 4_001, 50, 1);
            awaitReceived(cluster, 4_051);
            long each = (threads.getTotalThreadAllocatedBytes() - before) / 50;
            assertTrue(each < 200_000, each + " bytes for an item");
            worker.answerAll();
            assertEquals(DeliveryTest.counts(4_051, 4_051, 0, 0), group.finish());
        }
    }

    @Test
    void refusesItemsWithoutKeysAndKeysWhereNoneAreAskedFor() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup keyed = cluster.group(open -> open.setKeyed(true));
            keyed.send(0, 2);
            assertEquals(CallException.Kind.INVALID, keyed.awaitFailure().kind());
            assertEquals("items: 0 keys (expected: 2)", keyed.awaitFailure().getMessage());

            TestGroup zero = cluster.group(open -> open.setKeyed(true));
            zero.send(
                    Items.newBuilder()
                            .addSequences(0)
                            .addSizes(1)
                            .addKeys(0)
                            .setBody(ByteString.copyFromUtf8("x"))
                            .build());
            assertEquals("key of item 0: 0 (expected: not 0)", zero.awaitFailure().getMessage());

            TestGroup plain = cluster.group();
            send(plain, 0, 2, 2);
            assertEquals("items: 2 keys (expected: 0)", plain.awaitFailure().getMessage());
        }
    }

    static void send(TestGroup group, long from, int count, int inAFrame) {
        for (long first = from; first < from + count; first += inAFrame) {
            Items.Builder items = Items.newBuilder();
            ByteString.Output body = ByteString.newOutput();
            for (long sequence = first; sequence < first + inAFrame; sequence++) {
                ByteString data = TestGroup.data(sequence);
                items.addSequences(sequence).addSizes(data.size()).addKeys(key(sequence));
                data.forEach(body::write);
            }
            group.send(items.setBody(body.toByteString()).build());
        }
    }

    static long key(long sequence) {
        return 1 + sequence % KEYS;
    }

    static void awaitReceived(TestCluster cluster, int count) {
        Until.holds(
                () -> cluster.workers().stream().mapToInt(w -> w.received.size()).sum() == count,
                () -> "not all given away");
    }

    private static void assertAscending(List<Received> items) {
        Map<Long, Long> last = new HashMap<>();
        for (Received item : new ArrayList<>(items)) {
            Long before = last.put(key(item.sequence()), item.sequence());
            assertTrue(
                    before == null || before < item.sequence(),
                    "item " + item.sequence() + " after " + before);
        }
    }
}
