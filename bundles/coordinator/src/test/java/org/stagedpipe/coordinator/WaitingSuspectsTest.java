package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/// What an item that waits for its verdict, or for a worker of its own, holds up in its group.
@Timeout(60)
final class WaitingSuspectsTest {

    /// Three workers end under item 0 and do not come back, the last one is left.
    private static void threeDeaths(TestCluster cluster, TestGroup group, Items poison) {
        cluster.workers().forEach(worker -> worker.diesForGood = true);
        group.send(poison);
        Until.holds(() -> deaths(cluster, 0) == 3, () -> "deaths: " + deaths(cluster, 0));
    }

    private static long deaths(TestCluster cluster, long item) {
        return cluster.workers().stream().filter(worker -> has(worker, item)).count();
    }

    private static boolean has(TestWorker worker, long item) {
        return worker.received.stream().anyMatch(one -> one.sequence() == item);
    }

    private static TestWorker last(TestCluster cluster) {
        return cluster.workers().stream().filter(one -> !has(one, 0)).findFirst().orElseThrow();
    }

    private static Items items(long from, ByteString data, long... keys) {
        Items.Builder items = Items.newBuilder();
        ByteString body = ByteString.EMPTY;
        for (int i = 0; i < keys.length; i++) {
            items.addSequences(from + i).addSizes(data.size());
            body = body.concat(data);
            if (keys[i] != 0) {
                items.addKeys(keys[i]);
            }
        }
        return items.setBody(body).build();
    }

    @Test
    void theOthersGoOnWhileOneWaitsForItsVerdict() throws Exception {
        try (TestCluster cluster = new TestCluster(4)) {
            TestGroup group = cluster.groupOnAll(open -> open);
            threeDeaths(cluster, group, items(0, TestWorker.DIE, 0));
            group.send(1, 10);
            group.awaitAnswers(10);
            assertEquals(Map.of(), group.faults());
            assertEquals(counts(11, 10, 1, 0), group.finish());
            assertEquals(ItemFault.Kind.POISON, group.fault(0).getKind());
        }
    }

    @Test
    void inAnOrderedGroupTheyRunAndAreAnsweredBehindIt() throws Exception {
        try (TestCluster cluster = new TestCluster(4)) {
            TestGroup group = cluster.groupOnAll(open -> open.setOrdered(true));
            threeDeaths(cluster, group, items(0, TestWorker.DIE, 0));
            group.send(1, 10);
            Until.holds(() -> last(cluster).received.size() == 10, () -> "not run");
            assertEquals(List.of(), group.order());
            assertEquals(counts(11, 10, 1, 0), group.finish());
            assertEquals(LongStream.range(0, 11).boxed().toList(), group.order());
        }
    }

    @Test
    void inAKeyedGroupTheItemsOfOtherKeysGoOn() throws Exception {
        try (TestCluster cluster = new TestCluster(4)) {
            TestGroup group = cluster.groupOnAll(open -> open.setKeyed(true));
            threeDeaths(cluster, group, items(0, TestWorker.DIE, 7));
            group.send(items(1, TestGroup.data(1), 7, 8, 9, 7));
            group.awaitAnswers(2);
            assertEquals(Set.of(2L, 3L), group.results().keySet());
            assertEquals(Map.of(), group.faults());
            assertFalse(has(last(cluster), 1));
            assertEquals(counts(5, 4, 1, 0), group.finish());
            assertEquals(List.of(0L, 1L, 4L), group.order().subList(2, 5));
        }
    }

    /// Item 0 has been on two workers that ended; the two that are left are busy with items that they put off.
    private static void suspect(TestCluster cluster, TestGroup group, boolean isKeyed) {
        cluster.workers().forEach(worker -> worker.putsOff = sequence -> sequence < 100);
        group.send(items(0, TestGroup.data(0), isKeyed ? 7 : 0));
        TestWorker first = holder(cluster, 0, 1);
        long next = 1;
        while (cluster.workers().stream().anyMatch(worker -> worker.received.isEmpty())) {
            long sequence = next++;
            group.send(items(sequence, TestGroup.data(sequence), isKeyed ? 100 + sequence : 0));
            holder(cluster, sequence, 1);
        }
        die(first);
        die(holder(cluster, 0, 2));
    }

    private static TestWorker holder(TestCluster cluster, long sequence, int attempt) {
        Until.holds(
                () -> cluster.workers().stream().anyMatch(one -> has(one, sequence, attempt)),
                () -> sequence + " is on no worker");
        return cluster.workers().stream()
                .filter(one -> has(one, sequence, attempt))
                .findFirst()
                .orElseThrow();
    }

    private static boolean has(TestWorker worker, long sequence, int attempt) {
        return worker.received.stream()
                .anyMatch(one -> one.sequence() == sequence && one.attempt() == attempt);
    }

    private static void die(TestWorker worker) {
        worker.refusal = new CallException(Kind.UNREACHABLE, "gone");
        worker.die();
    }

    @Test
    void theOthersGoOnWhileOneWaitsForAnIdleWorker() throws Exception {
        try (TestCluster cluster = new TestCluster(4)) {
            TestGroup group = cluster.groupOnAll(open -> open);
            suspect(cluster, group, false);
            for (int frame = 0; frame < 20; frame++) {
                group.send(100 + frame, 1);
            }
            group.awaitAnswers(20);
            cluster.workers().forEach(TestWorker::answerAll);
            group.finish();
            assertEquals(Map.of(), group.faults());
            assertEquals(1, alone(cluster, 0), "once, and alone");
        }
    }

    @Test
    void inAKeyedGroupTheOthersGoOnToo() throws Exception {
        try (TestCluster cluster = new TestCluster(4)) {
            TestGroup group = cluster.groupOnAll(open -> open.setKeyed(true));
            suspect(cluster, group, true);
            for (int frame = 0; frame < 20; frame++) {
                group.send(items(100 + frame, TestGroup.data(100), 1_000 + frame));
            }
            group.awaitAnswers(1); // those on the worker that is to become idle wait
            cluster.workers().forEach(TestWorker::answerAll);
            group.finish();
            assertEquals(Map.of(), group.faults());
            assertEquals(1, alone(cluster, 0), "once, and alone");
        }
    }

    /// One that nothing waits for gets any worker; otherwise half of the workers are for the others.
    @Test
    void suspectsLeaveAWorkerToTheOthers() throws Exception {
        try (TestCluster cluster = new TestCluster(4)) {
            TestGroup group = cluster.groupOnAll(open -> open);
            cluster.workers().forEach(worker -> worker.putsOff = sequence -> sequence < 100);
            group.send(0, 10); // one frame, so all of them
            die(holder(cluster, 0, 1));
            die(holder(cluster, 0, 2));
            Until.holds(() -> alone(cluster) == 2, () -> "alone: " + alone(cluster));
            group.send(100, 1);
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getAccepted() == 11);
            cluster.workers().stream()
                    .filter(worker -> !worker.alone.isEmpty())
                    .findFirst()
                    .orElseThrow()
                    .parts()
                    .getFirst()
                    .answerAll();
            group.awaitAnswers(2);
            assertEquals(100, group.order().getLast()); // before the next suspect
            cluster.workers().forEach(TestWorker::answerAll);
            assertEquals(counts(11, 11, 0, 0), group.finish());
        }
    }

    /// How often that item came as a suspect: others may have been on the workers that ended, too.
    private static long alone(TestCluster cluster, long sequence) {
        return cluster.workers().stream()
                .flatMap(worker -> worker.alone.stream())
                .filter(one -> one == sequence)
                .count();
    }

    private static int alone(TestCluster cluster) {
        return cluster.workers().stream().mapToInt(worker -> worker.alone.size()).sum();
    }
}
