package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Resume;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Groups that were open before, here or elsewhere, and groups that have to go elsewhere.
final class ResumeTest {

    @Test
    void theHighestEpochOfAGroupServes() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup first = cluster.group(open -> open.setEpoch(4));
            TestGroup second = again(cluster, first, 5);
            second.awaitOpened();

            assertEquals(Kind.CONFLICT, first.awaitFailure().kind());
            assertTrue(
                    first.awaitFailure()
                            .getMessage()
                            .endsWith(" was opened again with epoch 5 (here: 4)"),
                    first.awaitFailure().getMessage());
            assertEquals(Kind.CONFLICT, again(cluster, first, 4).awaitFailure().kind());
            assertEquals(Kind.EXISTS, again(cluster, first, 5).awaitFailure().kind());
            assertEquals(5, cluster.worker(0).opens.getLast().getEpoch());
            second.send(0, 10);
            assertEquals(counts(10, 10, 0, 0), second.finish());
        }
    }

    @Test
    void keepsItsVersionAndCountsItsAttempts() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            PluginVersion newer = TestCluster.plugin("echo", "2.0.0");
            cluster.overseer().route(newer, newer, TestCluster.ECHO);
            cluster.publish();
            Until.holds(
                    () -> cluster.group().awaitOpened().getPlugin().equals(newer),
                    () -> "the view did not come");
            TestGroup group =
                    cluster.group(open -> open.setEpoch(1).setResume(resume(TestCluster.ECHO, 4)));
            assertEquals(TestCluster.ECHO, group.awaitOpened().getPlugin());
            group.send(2, 2);
            group.send(7, 1);

            assertEquals(counts(3, 3, 0, 0), group.finish());
            assertEquals(
                    List.of(3, 3, 1),
                    cluster.worker(0).received.stream().map(TestWorker.Received::attempt).toList());
        }
    }

    /// Its worker has unloaded the version with its last part, and it may have been another one.
    @Test
    void keepsItsVersionThoughItsPluginIsUninstalled() throws Exception {
        try (TestCluster cluster = new TestCluster(2, "openWaitMs", 50)) {
            cluster.overseer().uninstall(TestCluster.ECHO);
            cluster.publish();
            TestGroup group =
                    cluster.group(open -> open.setEpoch(1).setResume(resume(TestCluster.ECHO, 0)));
            group.send(0, 10);
            assertEquals(counts(10, 10, 0, 0), group.finish());
            assertEquals(
                    "plugin \"echo\" was uninstalled, only groups in progress go on (expected: one"
                            + " must be installed first)",
                    refusal(cluster));
        }
    }

    @Test
    void refusesAVersionThatIsGoneAndAResumeThatIsNone() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "openWaitMs", 50)) {
            assertRefused(
                    cluster,
                    Kind.NOT_FOUND,
                    "plugin \"echo\" 0.9.0 with that digest is gone (expected: the version that"
                            + " the group was opened with)",
                    resume(TestCluster.plugin("echo", "0.9.0"), 1));
            assertRefused(
                    cluster,
                    Kind.INVALID,
                    "resume: plugin: other with a digest of 32 bytes (expected: echo and 32 bytes,"
                            + " as it was opened)",
                    resume(TestCluster.plugin("other", "1.0.0"), 1));
            assertRefused(
                    cluster,
                    Kind.INVALID,
                    "resume: attempt: 1 (expected: at least 2)",
                    resume(TestCluster.ECHO, 1).toBuilder().setAttempt(1).build());
        }
    }

    /// The one on which it was open may be the silent one.
    @Test
    void isToBeAskedAgainAsLongAsAnyWorkerIsSilent() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            cluster.worker(0).refusal = new CallException(Kind.INVALID, "no secret \"db\"");
            cluster.worker(1).refusal = new CallException(Kind.UNREACHABLE, "stops");
            TestGroup again =
                    cluster.stream()
                            .open(
                                    "echo",
                                    open ->
                                            open.setEpoch(1)
                                                    .setResume(resume(TestCluster.ECHO, 0)));
            assertEquals(Kind.UNREACHABLE, again.awaitFailure().kind());
            TestGroup first = cluster.stream().open("echo", open -> open);
            assertEquals(Kind.INVALID, first.awaitFailure().kind());
        }
    }

    @Test
    void finishesWhatItHasAndSendsItsClientElsewhere() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "stopTimeoutMs", 10_000)) {
            TestGroup group = cluster.group(open -> open.setMoves(true));
            cluster.worker(0).answers = false;
            group.send(0, 10);
            Until.holds(() -> cluster.worker(0).received.size() == 10, () -> "not given away");
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(cluster::stop);
            Until.holds(() -> !cluster.overseer().goodbyes.isEmpty(), () -> "no goodbye");
            cluster.worker(0).answerAll();

            CallException why = group.awaitFailure();
            assertEquals(Kind.UNREACHABLE, why.kind());
            assertEquals("coordinator c1 stops", why.getMessage());
            assertEquals(10, group.results().size());
            stopped.join();
        }
    }

    @Test
    void endsAGroupThatAWorkerKnowsToBeElsewhere() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            cluster.worker(0)
                    .parts()
                    .getFirst()
                    .call
                    .fail(new CallException(Kind.CONFLICT, "epoch 2"));

            assertEquals(Kind.CONFLICT, group.awaitFailure().kind());
        }
    }

    private static TestGroup again(TestCluster cluster, TestGroup group, long epoch) {
        return new TestGroup(cluster.client(), group.id())
                .open("echo", open -> open.setEpoch(epoch));
    }

    @Test
    void aCordonedCoordinatorTakesOnlyGroupsThatGoOn() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            cluster.overseer().cordon(true);
            Until.holds(
                    () ->
                            refusal(cluster)
                                    .equals("coordinator c1 is cordoned and takes no new groups"),
                    () -> "new groups are taken");
            TestGroup group =
                    cluster.group(open -> open.setEpoch(1).setResume(resume(TestCluster.ECHO, 4)));
            assertEquals(TestCluster.ECHO, group.awaitOpened().getPlugin());
            cluster.overseer().cordon(false);
            Until.holds(() -> refusal(cluster).isEmpty(), () -> "no new group is taken");
        }
    }

    /// What a new group fails with, empty if it opens.
    private static String refusal(TestCluster cluster) {
        TestGroup group = cluster.stream().open("echo", open -> open);
        Until.holds(
                () -> group.opened() != null || group.failure() != null, () -> "neither: " + group);
        CallException failure = group.failure();
        return failure == null ? "" : String.valueOf(failure.getMessage());
    }

    private static Resume resume(PluginVersion pinned, long next) {
        return Resume.newBuilder().setPlugin(pinned).setNextSequence(next).setAttempt(3).build();
    }

    private static void assertRefused(TestCluster cluster, Kind kind, String text, Resume resume) {
        CallException why =
                cluster.stream()
                        .open("echo", open -> open.setEpoch(1).setResume(resume))
                        .awaitFailure();
        assertEquals(kind, why.kind());
        assertEquals(text, why.getMessage());
    }
}
