package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.coordinator.TestWorker.Received;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Keyed groups that move to another version while items flow and workers are lost: each item runs on one version, however
/// often, items of a key end in their order, and never on a version before that of an earlier one.
final class KeyedFollowingTest {

    @Test
    void whatALostWorkerHadRunsOnTheVersionBeforeAndEarlierThanWhatFollows() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = open(cluster);
            cluster.workers().forEach(worker -> worker.answers = false);
            KeyedTest.send(group, 140, 60, 20);
            KeyedTest.awaitReceived(cluster, 60);
            FollowingTest.route(cluster, FollowingTest.NEWER, TestCluster.ECHO);
            Until.holds(
                    () -> FollowingTest.opened(cluster, group).contains(FollowingTest.NEWER),
                    () -> "no parts on the newer");

            cluster.worker(0).refusal = new CallException(CallException.Kind.UNREACHABLE, "gone");
            cluster.worker(0).die();
            KeyedTest.send(group, 200, 200, 20); // what of it comes before the move runs before it
            Until.holds(() -> cluster.worker(1).maxAttempt() == 2, () -> "nothing runs again");
            assertEquals(List.of(), group.moves());
            cluster.worker(1).answerAll();
            Until.holds(() -> !group.moves().isEmpty(), () -> "it does not move");
            KeyedTest.send(group, 400, 200, 20);

            assertEquals(DeliveryTest.counts(460, 460, 0, 0), group.finish());
            assertEquals(List.of(FollowingTest.NEWER), group.moves());
            check(cluster, group, List.of("1.0.0", "2.0.0"));
        }
    }

    @Test
    void movesThereAndBackWhileItemsFlowAndWorkersAreLost() throws Exception {
        try (TestCluster cluster = new TestCluster(3)) {
            TestGroup group = open(cluster);
            long sent = 0;
            for (PluginVersion next : List.of(FollowingTest.NEWER, TestCluster.ECHO)) {
                int moves = group.moves().size() + 1;
                TestWorker lost = cluster.worker(moves);
                lost.inTurn = true; // as a worker is: nothing overtakes what it has
                lost.answers = false;
                sent = flow(group, sent, 10);
                long opened = opened(cluster, group, next);
                FollowingTest.route(
                        cluster,
                        next,
                        next.equals(TestCluster.ECHO) ? FollowingTest.NEWER : TestCluster.ECHO);
                Until.holds(
                        () -> opened(cluster, group, next) >= opened + 3,
                        () -> "no parts on " + next.getVersion());
                sent = flow(group, sent, 10);
                lost.answers = true;
                lost.die(); // with what it has, and comes back
                while (group.moves().size() < moves) {
                    sent = flow(group, sent, 1);
                    group.awaitAnswers((int) Math.max(0, sent - 1_000)); // not faster than it goes
                }
            }
            sent = flow(group, sent, 10);
            assertEquals(DeliveryTest.counts(sent, sent, 0, 0), group.finish());
            check(cluster, group, List.of("1.0.0", "2.0.0", "1.0.0"));
        }
    }

    private static TestGroup open(TestCluster cluster) {
        return cluster.groupOnAll(open -> open.setKeyed(true).setFollowing(true));
    }

    private static long opened(TestCluster cluster, TestGroup group, PluginVersion version) {
        return FollowingTest.opened(cluster, group).stream().filter(version::equals).count();
    }

    /// That many frames of 20.
    private static long flow(TestGroup group, long from, int frames) {
        KeyedTest.send(group, from, frames * 20, 20);
        return from + frames * 20L;
    }

    private static void check(TestCluster cluster, TestGroup group, List<String> versions) {
        Map<Long, String> ran = new TreeMap<>();
        for (TestWorker worker : cluster.workers()) {
            for (Received item : worker.received) {
                String before = ran.putIfAbsent(item.sequence(), item.version());
                assertTrue(
                        before == null || before.equals(item.version()),
                        () -> item + " also ran on version " + before);
            }
        }
        assertEquals(group.order().size(), ran.size());
        assertEquals(versions, changes(ran.values()), "in the items' order");
        Map<Long, Long> last = new HashMap<>();
        for (long sequence : group.order()) {
            Long before = last.put(KeyedTest.key(sequence), sequence);
            assertTrue(
                    before == null || before < sequence, () -> sequence + " ended after " + before);
        }
    }

    private static List<String> changes(Iterable<String> versions) {
        List<String> changes = new ArrayList<>();
        for (String version : versions) {
            if (changes.isEmpty() || !changes.getLast().equals(version)) {
                changes.add(version);
            }
        }
        return changes;
    }
}
