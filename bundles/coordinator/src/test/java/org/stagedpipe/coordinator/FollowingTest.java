package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Resume;
import org.stagedpipe.protocol.v1.VersionOutcomes;
import org.stagedpipe.transport.CallException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;

/// Groups that move to another version between two items.
final class FollowingTest {

    static final PluginVersion NEWER = TestCluster.plugin("echo", "2.0.0");

    @Test
    void movesOnceEveryItemIsAnswered() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            TestGroup pinned = cluster.group();
            TestGroup group = cluster.group(open -> open.setFollowing(true).setOrdered(true));
            group.send(0, 10);
            Until.holds(() -> worker.received.size() == 10, () -> "" + worker.received);

            route(cluster, NEWER, TestCluster.ECHO);
            Until.holds(
                    () -> opened(cluster, group).contains(NEWER), () -> "no parts on the newer");
            assertEquals(List.of(), group.moves(), "an item is under way");

            worker.answerAll();
            Until.holds(
                    () -> group.moves().equals(List.of(NEWER)), () -> "moves: " + group.moves());
            group.send(10, 10);
            Until.holds(() -> worker.received.size() == 20, () -> "" + worker.received);
            worker.answerAll();
            assertEquals(counts(20, 20, 0, 0), group.finish());
            assertEquals(LongStream.range(0, 20).boxed().toList(), group.order());
            assertEquals(List.of(TestCluster.ECHO, NEWER), opened(cluster, group));
            assertEquals(counts(0, 0, 0, 0), pinned.finish());
            assertEquals(List.of(TestCluster.ECHO), opened(cluster, pinned));
            assertEquals(List.of(), pinned.moves());
            Until.holds(
                    () -> ok(cluster, TestCluster.ECHO) == 10 && ok(cluster, NEWER) == 10,
                    () -> "outcomes: " + cluster.overseer().heartbeats.getLast());
        }
    }

    @Test
    void whatComesBeforeTheClientAnswersWaits() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "groupWindowItems", 4)) {
            TestGroup group = cluster.stream();
            group.answersMoves = false;
            group.open("echo", open -> open.setFollowing(true)).awaitOpened();
            route(cluster, NEWER, TestCluster.ECHO);
            Until.holds(
                    () -> group.moves().equals(List.of(NEWER)), () -> "moves: " + group.moves());
            for (int i = 0; i < 10; i++) { // more than fits, and the answer comes behind it
                group.send(i, 1);
            }
            accepted(cluster, group, 10);
            assertEquals(0, cluster.worker(0).received.size());
            group.answerMove(NEWER);
            assertEquals(counts(10, 10, 0, 0), group.finish());
            assertEquals(10, cluster.worker(0).received.size());
        }
    }

    /// Each counts 16 bytes more, however many chunks it has.
    @Test
    void asMuchAsMayComeInChunksBeforeTheClientAnswersIsTaken() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = following(cluster, true);
            route(cluster, NEWER, TestCluster.ECHO);
            Until.holds(
                    () -> group.moves().equals(List.of(NEWER)), () -> "moves: " + group.moves());
            ByteString item = ByteString.copyFrom(new byte[(4 << 20) - 16]);
            for (int i = 0; i < 4; i++) {
                group.sendBig(i, item, 256 << 10);
            }
            group.answerMove(NEWER);
            assertEquals(counts(4, 4, 0, 0), group.finish());
        }
    }

    @Test
    void aClientThatSendsTooMuchInsteadOfAnsweringGoesOnIfItCan() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup goesOn = following(cluster, true);
            TestGroup ends = following(cluster, false);
            route(cluster, NEWER, TestCluster.ECHO);
            assertEquals(CallException.Kind.UNREACHABLE, sendTooMuch(goesOn).kind());
            CallException why = sendTooMuch(ends);
            assertEquals(CallException.Kind.INVALID, why.kind());
            assertEquals(
                    "16777472 bytes of items after \"moved\" (expected: \"moved\" first)",
                    why.getMessage());
            assertEquals(List.of(), cluster.worker(0).received);
        }
    }

    /// Together they would send 96 MiB, before any of them has answered.
    @Test
    void whatComesBeforeTheClientsAnswerStaysWithinTheNodesMemory() throws Exception {
        try (TestCluster cluster =
                new TestCluster(1, "nodeWindowBytes", 16 << 20, "openTimeoutMs", 500)) {
            List<TestGroup> groups = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                groups.add(following(cluster, true));
            }
            route(cluster, NEWER, TestCluster.ECHO);
            groups.forEach(FollowingTest::awaitMoved);
            ByteString item = ByteString.copyFrom(new byte[1 << 20]);
            for (int i = 0; i < 12; i++) {
                for (TestGroup group : groups) {
                    group.send(i, List.of(item));
                }
            }
            Until.holds(
                    () -> groups.stream().allMatch(group -> group.failure() != null),
                    () -> "they wait for ever: " + groups);
            for (TestGroup group : groups) {
                CallException why = group.awaitFailure();
                assertEquals(CallException.Kind.UNREACHABLE, why.kind());
                assertEquals("no room for items before \"moved\" for 500 ms", why.getMessage());
            }
            long most =
                    cluster.overseer().heartbeats.stream()
                            .mapToLong(beat -> beat.getLoad().getBytesInFlight())
                            .max()
                            .orElseThrow();
            assertTrue(8 << 20 < most && most <= 20 << 20, most + " bytes"); // a quarter more
            assertEquals(List.of(), cluster.worker(0).received);
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getBytesInFlight() == 0);
        }
    }

    /// Items without bytes have numbers all the same.
    @Test
    void emptyItemsBeforeTheClientsAnswerCountToo() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = following(cluster, true);
            route(cluster, NEWER, TestCluster.ECHO);
            awaitMoved(group);
            for (int i = 0; i < 10; i++) {
                group.send(i * 4_000L, Collections.nCopies(4_000, ByteString.EMPTY));
            }
            cluster.overseer()
                    .awaitHeartbeat(beat -> beat.getLoad().getBytesInFlight() == 40_000 * 16);
            group.answerMove(NEWER);
            assertEquals(counts(40_000, 40_000, 0, 0), group.finish());
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getBytesInFlight() == 0);
        }
    }

    /// The other one leaves no room for its third frame until it has answered.
    @Test
    void whoFindsRoomBeforeItHasAnsweredGoesOn() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "nodeWindowBytes", 16 << 20)) {
            TestGroup first = following(cluster, false);
            TestGroup second = following(cluster, false);
            route(cluster, NEWER, TestCluster.ECHO);
            awaitMoved(first);
            awaitMoved(second);
            ByteString item = ByteString.copyFrom(new byte[1 << 20]);
            for (int i = 0; i < 3; i++) {
                first.send(i, List.of(item));
                second.send(i, List.of(item));
            }
            cluster.overseer()
                    .awaitHeartbeat(
                            beat -> beat.getLoad().getBytesInFlight() == (5 << 20) + 5 * 16);
            first.answerMove(NEWER);
            second.answerMove(NEWER);
            assertEquals(counts(3, 3, 0, 0), first.finish());
            assertEquals(counts(3, 3, 0, 0), second.finish());
        }
    }

    private static void awaitMoved(TestGroup told) {
        Until.holds(() -> told.moves().equals(List.of(NEWER)), () -> "moves: " + told.moves());
    }

    private static TestGroup following(TestCluster cluster, boolean moves) {
        TestGroup group = cluster.stream();
        group.answersMoves = false;
        group.open("echo", open -> open.setFollowing(true).setMoves(moves)).awaitOpened();
        return group;
    }

    private static CallException sendTooMuch(TestGroup told) {
        awaitMoved(told);
        ByteString item = ByteString.copyFrom(new byte[1 << 20]);
        for (int i = 0; i < 16; i++) {
            told.send(i, List.of(item));
        }
        return told.awaitFailure();
    }

    @Test
    void aClientThatHasSentItsLastStays() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.stream();
            group.answersMoves = false;
            group.open("echo", open -> open.setFollowing(true)).awaitOpened();
            route(cluster, NEWER, TestCluster.ECHO);
            Until.holds(
                    () -> group.moves().equals(List.of(NEWER)), () -> "moves: " + group.moves());
            group.send(0, 3);
            assertEquals(counts(3, 3, 0, 0), group.finish());
            Until.holds(
                    () -> ok(cluster, TestCluster.ECHO) == 3,
                    () -> "outcomes: " + cluster.overseer().heartbeats.getLast());
        }
    }

    @Test
    void anAnswerToNothingEndsTheStream() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group(open -> open.setFollowing(true));
            group.answerMove(NEWER);
            assertEquals(CallException.Kind.INVALID, group.awaitFailure().kind());
        }
    }

    @Test
    void whatRunsAgainRunsOnTheVersionThatItBeganOn() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            cluster.workers().forEach(worker -> worker.answers = false);
            TestGroup group = cluster.groupOnAll(open -> open.setFollowing(true));
            for (int i = 0; i < 10; i++) {
                group.send(i, 1);
            }
            Until.holds(() -> received(cluster) == 10, () -> "received: " + received(cluster));
            route(cluster, NEWER, TestCluster.ECHO);
            Until.holds(
                    () -> opened(cluster, group).contains(NEWER), () -> "no parts on the newer");
            TestWorker lost = cluster.worker(cluster.worker(0).received.isEmpty() ? 1 : 0);
            lost.die();
            Until.holds(
                    () -> cluster.workers().stream().anyMatch(worker -> worker.maxAttempt() == 2),
                    () -> "nothing runs again");
            assertEquals(List.of(), group.moves(), "the old version still");
            cluster.workers().forEach(worker -> worker.answers = true);
            cluster.workers().forEach(TestWorker::answerAll);
            Until.holds(
                    () -> group.moves().equals(List.of(NEWER)), () -> "moves: " + group.moves());
            group.send(10, 10);
            assertEquals(counts(20, 20, 0, 0), group.finish());
        }
    }

    @Test
    void aGroupThatGoesOnMovesOnlyPastWhatMayHaveRun() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            route(cluster, NEWER, TestCluster.ECHO);
            Resume resume =
                    Resume.newBuilder()
                            .setPlugin(TestCluster.ECHO)
                            .setNextSequence(10)
                            .setAttempt(2)
                            .build();
            TestGroup group =
                    cluster.group(open -> open.setFollowing(true).setEpoch(1).setResume(resume));
            Until.holds( // no other view comes
                    () -> opened(cluster, group).contains(NEWER), () -> "no parts on the newer");
            for (int sequence = 3; sequence < 9; sequence++) {
                group.send(sequence, 1);
                group.awaitAnswers(
                        sequence - 2); // the newer ones are open, it goes on all the same
            }
            assertEquals(List.of(), group.moves());
            group.send(9, 2);
            group.awaitAnswers(8);
            Until.holds(
                    () -> group.moves().equals(List.of(NEWER)), () -> "moves: " + group.moves());
            assertEquals(counts(8, 8, 0, 0), group.finish());
        }
    }

    @Test
    void aGroupOfWhichAnyItemMayHaveRunStays() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            route(cluster, NEWER, TestCluster.ECHO);
            Resume resume =
                    Resume.newBuilder()
                            .setPlugin(TestCluster.ECHO)
                            .setNextSequence(Long.MAX_VALUE)
                            .setAttempt(2)
                            .build();
            TestGroup group =
                    cluster.group(open -> open.setFollowing(true).setEpoch(1).setResume(resume));
            for (int sequence = 0; sequence < 5; sequence++) {
                group.send(sequence, 1);
                group.awaitAnswers(sequence + 1);
            }
            assertEquals(counts(5, 5, 0, 0), group.finish());
            assertEquals(List.of(TestCluster.ECHO), opened(cluster, group));
        }
    }

    @Test
    void aVersionThatNoWorkerOpensChangesNothing() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group(open -> open.setFollowing(true).setKeyed(false));
            cluster.worker(0).refusal =
                    new CallException(CallException.Kind.UNREACHABLE, "worker w1 stops");
            route(cluster, NEWER, TestCluster.ECHO);
            asked(cluster, group, 1);
            awaitHeartbeat(cluster);
            assertEquals(0, failed(cluster, NEWER), "it is not the version's own");
            cluster.worker(0).refusal =
                    new CallException(CallException.Kind.REFUSED, "no such table");
            Until.holds(
                    () -> failed(cluster, NEWER) == 1,
                    () -> "outcomes: " + cluster.overseer().heartbeats.getLast());
            asked(cluster, group, Collections.frequency(opened(cluster, group), NEWER) + 1);
            group.send(0, 5);
            group.awaitAnswers(5);
            assertEquals(List.of(), group.moves());
            route(cluster, TestCluster.ECHO, NEWER); // rolled back
            assertEquals(counts(5, 5, 0, 0), group.finish());
            assertEquals(List.of(), group.moves());
            awaitHeartbeat(cluster);
            assertEquals(1, failed(cluster, NEWER), "once, however often it was asked");
        }
    }

    /// Another version is for new groups from now on.
    static void route(TestCluster cluster, PluginVersion current, PluginVersion other)
            throws Exception {
        cluster.overseer().route(current, current, other);
        cluster.publish();
    }

    private static void accepted(TestCluster cluster, TestGroup group, long items) {
        cluster.overseer()
                .awaitGroup(
                        group.id(),
                        summary -> summary.getFollowing() && summary.getAccepted() == items);
    }

    /// What the group's parts were opened with, on all workers.
    static List<PluginVersion> opened(TestCluster cluster, TestGroup group) {
        List<PluginVersion> all = new ArrayList<>();
        for (TestWorker worker : cluster.workers()) {
            for (OpenWork open : worker.opens) {
                if (open.getGroup().equals(group.id())) {
                    all.add(open.getPlugin());
                }
            }
        }
        return all;
    }

    /// Until the group's parts were opened that often on the newer version.
    private static void asked(TestCluster cluster, TestGroup group, int times) {
        Until.holds(
                () -> Collections.frequency(opened(cluster, group), NEWER) >= times,
                () -> "opened: " + opened(cluster, group));
    }

    /// One that was made after this was called.
    private static void awaitHeartbeat(TestCluster cluster) {
        int heard = cluster.overseer().heartbeats.size();
        Until.holds(() -> cluster.overseer().heartbeats.size() > heard + 1, () -> "silent");
    }

    private static long failed(TestCluster cluster, PluginVersion version) {
        return cluster.overseer().heartbeats.getLast().getOutcomesList().stream()
                .filter(outcomes -> outcomes.getPlugin().equals(version))
                .mapToLong(VersionOutcomes::getFailed)
                .sum();
    }

    private static long received(TestCluster cluster) {
        return cluster.workers().stream().mapToLong(worker -> worker.received.size()).sum();
    }

    private static long ok(TestCluster cluster, PluginVersion version) {
        return cluster.overseer().heartbeats.getLast().getOutcomesList().stream()
                .filter(outcomes -> outcomes.getPlugin().equals(version))
                .mapToLong(VersionOutcomes::getOk)
                .sum();
    }
}
