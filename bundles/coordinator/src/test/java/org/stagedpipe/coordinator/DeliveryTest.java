package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.GroupClosed;
import org.stagedpipe.protocol.v1.ItemFault;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;

/// Items on their way to the workers and back, when all goes well.
final class DeliveryTest {

    @Test
    void opensAGroupOnThePluginThatTheOperatorSet() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group =
                    cluster.group(open ->
                            open.setConfiguration(utf8("{}"))
                                    .setStageDeadlineMs(7)
                                    .setItemDeadlineMs(9));

            assertEquals(TestCluster.ECHO, group.awaitOpened().getPlugin());
            assertEquals("c1", group.awaitOpened().getCoordinator());
            assertEquals(1 << 20, group.awaitOpened().getMaxFrameBytes());
            assertEquals(104_857_600, group.awaitOpened().getMaxItemBytes());
            assertEquals(counts(0, 0, 0, 0), group.finish());
            assertEquals(utf8("{}"), cluster.worker(0).opens.getFirst().getConfiguration());
            assertEquals(group.id(), cluster.worker(0).opens.getFirst().getGroup());
            assertEquals("c1", cluster.worker(0).opens.getFirst().getCoordinator());
            assertEquals(7, cluster.worker(0).opens.getFirst().getStageDeadlineMs());
            assertEquals(9, cluster.worker(0).opens.getFirst().getItemDeadlineMs());
            assertEquals(1, cluster.worker(0).halfCloses.get());
        }
    }

    /// One message of all that an early item has held up would be too large for its client.
    @Test
    void faultsThatLeaveTogetherLeaveInMessagesThatClientsTake() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group(open -> open.setOrdered(true));
            TestWorker worker = cluster.worker(0);
            worker.faultText = "x".repeat(4_000);
            worker.answers = false;
            group.send(0, 1);
            Until.holds(() -> worker.received.size() == 1, () -> "not given away");
            worker.answers = true;
            for (int i = 0; i < 14; i++) {
                group.send(1 + 100 * i, Collections.nCopies(100, TestWorker.FAIL));
            }
            Until.holds(() -> worker.received.size() == 1_401, () -> "not given away");
            worker.parts().getFirst().answerAll();

            assertEquals(counts(1_401, 1, 1_400, 0), group.finish());
            assertEquals(4_000, group.fault(1_400).getText().length());
        }
    }

    @Test
    void bringsEveryItemBackWithItsSequenceAndCountsThem() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = cluster.group();
            for (int frame = 0; frame < 20; frame++) {
                group.send(frame * 100L, 50); // gaps are legal
            }
            group.send(5_000, List.of(TestWorker.FAIL, utf8("good")));

            assertEquals(counts(1_002, 1_001, 1, 0), group.finish());
            group.results()
                    .forEach((sequence, data) -> {
                        if (sequence < 5_000) {
                            assertEquals(TestGroup.data(sequence), data);
                        }
                    });
            ItemFault fault = group.fault(5_000);
            assertEquals("test", fault.getStage());
            assertEquals(ItemFault.Kind.STAGE, fault.getKind());
            assertEquals(1, fault.getAttempt());
        }
    }

    @Test
    void spreadsOneGroupOverAllWorkers() throws Exception {
        try (TestCluster cluster = new TestCluster(3)) {
            TestGroup group = cluster.groupOnAll(open -> open);
            cluster.workers().forEach(worker -> worker.answers = false);
            for (int frame = 0; frame < 30; frame++) {
                group.send(frame * 2L, 2);
            }
            Until.holds(
                    () -> cluster.workers().stream().mapToInt(w -> w.received.size()).sum() == 60,
                    () -> "not all given away");
            for (TestWorker worker : cluster.workers()) {
                assertTrue(worker.received.size() >= 10, worker.name() + worker.received.size());
            }
            cluster.workers().forEach(TestWorker::answerAll);

            assertEquals(counts(60, 60, 0, 0), group.finish());
        }
    }

    @Test
    void restoresTheOrderWhereItIsAsked() throws Exception {
        try (TestCluster cluster = new TestCluster(3)) {
            TestGroup group = cluster.groupOnAll(open -> open.setOrdered(true));
            cluster.workers().forEach(worker -> worker.answers = false);
            for (int frame = 0; frame < 6; frame++) {
                List<ByteString> data = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    data.add(i == 7 ? TestWorker.FAIL : TestGroup.data(frame * 10L + i));
                }
                group.send(frame * 10L, data);
            }
            Until.holds(
                    () -> cluster.workers().stream().mapToInt(w -> w.received.size()).sum() == 60,
                    () -> "not all given away");
            cluster.workers().reversed().forEach(TestWorker::answerAll);

            assertEquals(counts(60, 54, 6, 0), group.finish());
            assertEquals(LongStream.range(0, 60).boxed().toList(), group.order());
            assertEquals(TestGroup.data(51), group.results().get(51L));
        }
    }

    static GroupClosed counts(long accepted, long ok, long failed, long aborted) {
        return GroupClosed.newBuilder()
                .setAccepted(accepted)
                .setOk(ok)
                .setFailed(failed)
                .setAborted(aborted)
                .build();
    }

    static ByteString utf8(String text) {
        return ByteString.copyFromUtf8(text);
    }
}
