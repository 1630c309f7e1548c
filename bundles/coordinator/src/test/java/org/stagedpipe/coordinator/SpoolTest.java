package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.GroupClosed;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// Very big items on their way over the disk.
final class SpoolTest {

    private static final ByteString BIG = random(5_000_000);

    @TempDir Path data;

    private static ByteString random(int size) {
        byte[] bytes = new byte[size];
        new Random(1).nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }

    private static GroupClosed counts(long accepted, long ok, long failed) {
        return GroupClosed.newBuilder().setAccepted(accepted).setOk(ok).setFailed(failed).build();
    }

    private TestCluster cluster(int workers) throws Exception {
        return new TestCluster(workers, "data", data.toString(), "spoolFromBytes", (4 << 20) + 1);
    }

    /// How many files of this process are in the spool of that folder, deleted or not.
    static long openFiles(Path data) throws IOException {
        Path spool = data.resolve("spool").toAbsolutePath();
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.filter(
                            link -> {
                                try {
                                    return Files.readSymbolicLink(link).startsWith(spool);
                                } catch (IOException e) {
                                    return false; // closed meanwhile
                                }
                            })
                    .count();
        }
    }

    private long openFiles() throws IOException {
        return openFiles(data);
    }

    /// As if the disk had lost their bytes.
    private void loseFiles() throws IOException {
        Path spool = data.resolve("spool").toAbsolutePath();
        List<Path> all;
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            all = open.toList();
        }
        for (Path link : all) {
            if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).startsWith(spool)) {
                FileChannel.open(link, StandardOpenOption.WRITE).truncate(0).close();
            }
        }
    }

    private void assertNothingIsLeft(TestCluster cluster) throws Exception {
        Until.holds(
                () -> {
                    try {
                        return openFiles() == 0;
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                () -> "files are open");
        try (Stream<Path> files = Files.list(data.resolve("spool"))) {
            assertEquals(0, files.count());
        }
        cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getBytesInFlight() == 0);
    }

    /// An ordered group holds results that it did not ask for, and no memory is left for them.
    @Test
    void keepsResultsOfAnySizeWhenMemoryIsShort() throws Exception {
        try (TestCluster cluster =
                new TestCluster(
                        1,
                        "data",
                        data.toString(),
                        "maxItemBytes",
                        2_000_000,
                        "groupWindowBytes",
                        64 << 20,
                        "nodeWindowBytes",
                        4 << 20)) {
            TestGroup group = cluster.group(open -> open.setOrdered(true));
            TestWorker worker = cluster.worker(0);
            worker.growth = 15; // of 100,000 bytes
            worker.answers = false;
            for (int i = 0; i <= 8; i++) {
                group.send(i, List.of(random(100_000)));
            }
            Until.holds(() -> worker.received.size() == 9, () -> "not given away");
            worker.parts().getFirst().answer(1);
            Until.holds(
                    () -> {
                        try {
                            return openFiles() == 7; // the last quarter is for others
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    },
                    () -> "12 MB are in memory");
            worker.parts().getFirst().answerAll();
            assertEquals(counts(9, 9, 0), group.finish());
            assertNothingIsLeft(cluster);
        }
    }

    /// Or workers would hold them, who have other groups.
    @Test
    void takesBigResultsFromTheirWorkerAlsoWhenNobodyReads() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "data", data.toString())) {
            TestGroup group = cluster.group();
            group.stopReading();
            for (int i = 0; i < 3; i++) {
                group.sendBig(i, BIG, 256 << 10);
            }
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getOk() == 3);
            assertEquals(2, openFiles()); // the first one is in memory
            group.readOn();
            assertEquals(counts(3, 3, 0), group.finish());
            assertNothingIsLeft(cluster);
        }
    }

    @Test
    void leavesThemThereWhenTheDiskIsFull() throws Exception {
        try (TestCluster cluster =
                new TestCluster(
                        1,
                        "data",
                        data.toString(),
                        "spoolFromBytes",
                        (4 << 20) + 1,
                        "spoolBytes",
                        100 << 20,
                        "groupWindowBytes",
                        200 << 20)) {
            TestGroup group = cluster.group();
            group.stopReading();
            for (int i = 0; i < 30; i++) {
                group.sendBig(i, BIG, 256 << 10);
            }
            LockSupport.parkNanos(2_000_000_000); // in which all would come
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getOk() > 0);
            assertTrue(openFiles() <= 22, openFiles() + " files of 5 MB");
            group.readOn();
            assertEquals(counts(30, 30, 0), group.finish());
            assertNothingIsLeft(cluster);
        }
    }

    /// Others hold all of it, and do not give it back.
    @Test
    void keepsABigItemThatFindsNoRoomInMemory() throws Exception {
        try (TestCluster cluster =
                new TestCluster(1, "data", data.toString(), "nodeWindowBytes", 4 << 20)) {
            List<TestGroup> greedy = BackPressureTest.greedy(cluster);
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            ByteString big = random(2_000_000);
            group.sendBig(0, big, 256 << 10);
            group.sendBig(1, big, 10_000);
            Until.holds(() -> worker.received.size() == 6, () -> "they wait");
            assertEquals(2, openFiles());
            worker.answerAll();

            assertEquals(counts(2, 2, 0), group.finish());
            assertEquals(big, group.results().get(0L));
            assertEquals(big, group.results().get(1L));
            for (TestGroup each : greedy) {
                assertEquals(counts(2, 2, 0), each.finish());
            }
            assertNothingIsLeft(cluster);
        }
    }

    @Test
    void carriesItemsAndResultsBetweenSmallOnes() throws Exception {
        try (TestCluster cluster = cluster(2)) {
            TestGroup group = cluster.group(open -> open.setOrdered(true));
            group.send(0, 10);
            group.sendBig(10, BIG, 256 << 10);
            group.sendBig(11, BIG, 1 << 20);
            group.sendBig(12, BIG, 777_777);
            group.send(13, 10);

            assertEquals(counts(23, 23, 0), group.finish());
            assertEquals(BIG, group.results().get(10L));
            assertEquals(BIG, group.results().get(11L));
            assertEquals(BIG, group.results().get(12L));
            assertNothingIsLeft(cluster);
        }
    }

    @Test
    void aLostWorkersItemIsReadAgain() throws Exception {
        try (TestCluster cluster = cluster(1)) {
            TestGroup group = cluster.group();
            cluster.worker(0).answers = false;
            group.sendBig(0, BIG, 256 << 10);
            Until.holds(() -> cluster.worker(0).received.size() == 1, () -> "not given away");
            cluster.worker(0).answers = true;
            cluster.worker(0).die();

            assertEquals(counts(1, 1, 0), group.finish());
            assertEquals(BIG, group.results().get(0L));
            assertNothingIsLeft(cluster);
        }
    }

    /// One is on its way to the worker, the other one waits.
    @Test
    void itemsThatCannotBeReadFailAndTheGroupGoesOn() throws Exception {
        try (TestCluster cluster = cluster(1)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            group.send(0, 2);
            Until.holds(() -> worker.received.size() == 2, () -> "not given away");
            worker.reads = false;
            group.sendBig(2, BIG, 256 << 10);
            group.sendBig(3, BIG, 256 << 10);
            cluster.overseer()
                    .awaitHeartbeat(beat -> beat.getLoad().getBytesInFlight() > BIG.size());
            Until.holds(() -> worker.gotChunk, () -> "not begun");
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getAccepted() == 4);
            group.send(4, 1); // all of both has come when this has
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getAccepted() == 5);
            loseFiles();
            worker.answers = true;
            worker.read();

            assertEquals(counts(5, 3, 2), group.finish());
            for (long sequence = 2; sequence <= 3; sequence++) {
                ItemFault fault = group.fault(sequence);
                assertEquals(ItemFault.Kind.SYSTEM, fault.getKind());
                assertEquals(1, fault.getAttempt());
                assertTrue(fault.getRetryable() && !fault.getAborted());
                assertTrue(
                        fault.getText().startsWith("the coordinator could not read it: "),
                        fault.getText());
            }
            assertNothingIsLeft(cluster);
        }
    }

    /// As often as other losses would make it a suspect.
    @Test
    void anItemIsNotChargedWithThoseThatCannotBeRead() throws Exception {
        try (TestCluster cluster = cluster(1)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.answers = false;
            group.send(0, 1);
            for (int big = 1; big <= 29; big++) {
                int times = big;
                Until.holds(() -> worker.received.size() == times, () -> "not again: " + times);
                worker.reads = false;
                worker.gotChunk = false;
                worker.parts().getLast().call.request(1); // if it asked for none before that
                group.sendBig(big, BIG, 256 << 10);
                Until.holds(() -> worker.gotChunk, () -> "not begun");
                loseFiles();
                worker.read();
            }
            Until.holds(() -> worker.received.size() == 30, () -> "not again");
            assertEquals(List.of(), worker.alone);
            worker.answerAll();
            assertEquals(counts(30, 1, 29), group.finish());
        }
    }

    /// One is on its way to the client, the other one waits.
    @Test
    void resultsThatCannotBeReadAreFaultsAndTheGroupGoesOn() throws Exception {
        try (TestCluster cluster = cluster(1)) {
            TestGroup group = cluster.group(open -> open.setOrdered(true));
            group.stopReading();
            group.sendBig(0, BIG, 256 << 10);
            group.sendBig(1, BIG, 256 << 10);
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getOk() == 2);
            loseFiles();
            group.readOn();
            group.send(2, 2);

            assertEquals(counts(4, 2, 2), group.finish());
            assertEquals(List.of(0L, 1L, 2L, 3L), group.order());
            for (long sequence = 0; sequence <= 1; sequence++) {
                ItemFault fault = group.fault(sequence);
                assertEquals(ItemFault.Kind.SYSTEM, fault.getKind());
                assertEquals(1, fault.getAttempt());
                assertTrue(
                        fault.getText().startsWith("the coordinator could not read its result: "),
                        fault.getText());
            }
            assertNothingIsLeft(cluster);
        }
    }

    /// The next item waits until this large result has left.
    @Test
    void aResultThatCannotBeReadStopsAGroupBeforeAnyOtherItemIsGiven() throws Exception {
        try (TestCluster cluster = cluster(1)) {
            TestWorker worker = cluster.worker(0);
            worker.growth = 4; // more than the window
            TestGroup group = cluster.group(open -> open.setStopAtFirstFault(true));
            group.stopReading();
            group.sendBig(0, BIG, 256 << 10);
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getOk() == 1);
            group.send(1, 1);
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getAccepted() == 2);
            loseFiles();
            group.readOn();

            GroupClosed closed = group.awaitClosed();
            assertEquals(1, closed.getFailed());
            assertEquals(1, closed.getAborted());
            assertEquals(1, worker.received.size());
        }
    }

    @Test
    void aGroupThatEndsEarlyLeavesNothing() throws Exception {
        try (TestCluster cluster = cluster(1)) {
            cluster.worker(0).answers = false;
            TestGroup cancelled = cluster.group();
            cancelled.sendBig(0, BIG, 256 << 10);
            TestGroup gone = cluster.group();
            gone.sendBig(0, BIG.substring(0, 4 << 20), 256 << 10); // in memory
            gone.sendBig(1, BIG, 256 << 10);
            Until.holds(() -> cluster.worker(0).received.size() == 3, () -> "not given away");
            cancelled.cancel("enough");
            cancelled.awaitClosed();
            gone.call().fail(new CallException(Kind.CANCELLED, "gone"));
            assertNothingIsLeft(cluster);
        }
    }

    @Test
    void withoutRoomTheItemFailsAndTheGroupGoesOn() throws Exception {
        Files.writeString(data.resolve("spool"), "no folder");
        try (TestCluster cluster = cluster(1)) {
            TestGroup group = cluster.group();
            group.sendBig(0, BIG, 256 << 10);
            group.send(1, 3);
            group.awaitAnswers(4);
            ItemFault fault = group.fault(0);
            assertEquals(ItemFault.Kind.SYSTEM, fault.getKind());
            assertTrue(fault.getRetryable());
            assertTrue(fault.getText().startsWith("the coordinator could not keep it: "));
            cluster.worker(0).growth = 6;
            group.send(10, List.of(BIG.substring(0, 1_000_000)));
            group.awaitAnswers(5);
            assertEquals(ItemFault.Kind.SYSTEM, group.fault(10).getKind());
            assertTrue(
                    group.fault(10)
                            .getText()
                            .startsWith("the coordinator could not keep its result: "));

            assertEquals(counts(5, 3, 2), group.finish());
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getBytesInFlight() == 0);
        }
    }

    /// Neither the item is the worker's nor is there room for its result: it is given back once.
    @Test
    void aResultThatNobodyAskedForIsCountedOnce() throws Exception {
        Files.writeString(data.resolve("spool"), "no folder");
        try (TestCluster cluster = cluster(1)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.parts().getFirst().sendChunks(7, BIG);
            Until.holds(() -> worker.parts().size() == 2, () -> "its part goes on");
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getBytesInFlight() == 0);
            group.send(0, 1);
            assertEquals(counts(1, 1, 0), group.finish());
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getBytesInFlight() == 0);
        }
    }

    @Test
    void anAnswerBeforeTheItemIsThereEndsThePart() throws Exception {
        try (TestCluster cluster = cluster(1)) {
            TestGroup group = cluster.group();
            TestWorker worker = cluster.worker(0);
            worker.reads = false;
            group.sendBig(0, BIG, 256 << 10);
            Until.holds(() -> worker.gotChunk, () -> "not begun");
            TestWorker.Part part = worker.parts().getFirst();
            worker.reads = true;
            part.answerEarly(0);

            Until.holds(() -> worker.lost.get() == 1, () -> "its part goes on");
            assertEquals(counts(1, 1, 0), group.finish());
            assertEquals(BIG, group.results().get(0L));
        }
    }
}
