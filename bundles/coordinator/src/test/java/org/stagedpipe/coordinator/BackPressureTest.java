package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.transport.Buffers;
import org.stagedpipe.transport.CallException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;

/// Slow clients and slow workers slow their own group down, within its bounds, and nobody else.
final class BackPressureTest {

    private static final int NODE_BYTES = 4 << 20;
    private static final ByteString HUNDRED_BYTES = ByteString.copyFrom(new byte[100]);
    private static final ByteString SMALL = ByteString.copyFrom(new byte[100_000]);

    @Test
    void pushesBackAClientThatSendsAndDoesNotRead() throws Exception {
        int window = 2 << 20;
        try (TestCluster cluster = new TestCluster(1, "groupWindowBytes", window)) {
            TestGroup group = cluster.group();
            TestGroup neighbour = cluster.group();
            group.stopReading();
            for (int i = 0; i < 300; i++) {
                group.send(i, List.of(SMALL)); // 30 MB, most of it stays with the sender
            }
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getBytesInFlight() > 1 << 20);
            long most = 0;
            for (int i = 0; i < 50; i++) {
                neighbour.send(i, 1);
                neighbour.awaitAnswers(i + 1);
                int seen = cluster.overseer().heartbeats.size();
                Until.holds(
                        () -> cluster.overseer().heartbeats.size() > seen || seen > 60,
                        () -> "no heartbeat");
                most =
                        Math.max(
                                most,
                                cluster.overseer()
                                        .heartbeats
                                        .getLast()
                                        .getLoad()
                                        .getBytesInFlight());
            }
            // The window, and the results that were on their way when it filled.
            assertTrue(most <= 2L * window + (4 << 20), "held " + most);
            assertTrue(cluster.worker(0).received.size() < 200, "all went through");
            group.readOn();

            assertEquals(counts(300, 300, 0, 0), group.finish());
            assertEquals(counts(50, 50, 0, 0), neighbour.finish());
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getBytesInFlight() == 0);
        }
    }

    @Test
    void pushesBackAClientWhoseWorkersDoNotAnswer() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "groupWindowItems", 50)) {
            TestGroup group = cluster.group();
            cluster.worker(0).answers = false;
            for (int i = 0; i < 100; i++) {
                group.send(i * 10L, 10);
            }
            Until.holds(() -> cluster.worker(0).received.size() == 50, () -> "window not full");
            // One frame more has come and waits for room; the rest is not asked for.
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getItemsInFlight() == 60);
            assertEquals(50, cluster.worker(0).received.size());
            cluster.worker(0).answerAll();

            assertEquals(counts(1_000, 1_000, 0, 0), group.finish());
        }
    }

    /// A client does not know how many items a node lets a group have.
    @Test
    void aFrameMayHaveMoreItemsThanTheWindow() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "groupWindowItems", 1)) {
            TestGroup group = cluster.group();
            group.send(0, 256);
            group.send(256, 256);
            assertEquals(counts(512, 512, 0, 0), group.finish());
        }
    }

    /// One slow item must not make the node hold thousands of large results.
    @Test
    void anOrderedGroupRunsNoMoreThanItsResultsHaveRoom() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "groupWindowBytes", 1 << 20)) {
            TestGroup group = cluster.group(open -> open.setOrdered(true));
            TestWorker worker = cluster.worker(0);
            worker.growth = 64; // of 1,000 bytes
            ByteString item = ByteString.copyFrom(new byte[1_000]);
            group.send(0, List.of(item));
            group.awaitAnswers(1);
            worker.answers = false;
            for (int i = 1; i < 500; i++) {
                group.send(i, List.of(item));
            }
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getItemsInFlight() > 10);
            Until.holds(() -> worker.received.size() >= 17, () -> "room for 16 results");
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getAccepted() == 500);
            assertEquals(17, worker.received.size());
            worker.answerAll();
            assertEquals(counts(500, 500, 0, 0), group.finish());
        }
    }

    /// Each of them may hold 16 MiB for its order.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void orderedGroupsTogetherRunNoMoreThanTheirResultsHaveRoom(boolean isKeyed) throws Exception {
        assertOrderedHoldLittle(sequence -> sequence == 0, 40, 100, 2_050, isKeyed);
    }

    /// A slow item keeps all items of its frame, while their results wait for it.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void resultsHaveRoomBesideTheirItemsWhereTheseStay(boolean isKeyed) throws Exception {
        assertOrderedHoldLittle(sequence -> sequence % 256 == 0, 2, 512, 1_026, isKeyed);
    }

    /// Eight groups, of items whose results are so many times as large.
    private static void assertOrderedHoldLittle(
            LongPredicate putsOff, int growth, int bytes, int items, boolean isKeyed)
            throws Exception {
        try (TestCluster cluster = new TestCluster(1, "nodeWindowBytes", NODE_BYTES)) {
            TestWorker worker = cluster.worker(0);
            worker.growth = growth;
            worker.putsOff = putsOff;
            List<TestGroup> groups = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                TestGroup group = cluster.group(open -> open.setOrdered(true).setKeyed(isKeyed));
                group.send(frame(0, 2, bytes, isKeyed));
                cluster.overseer().awaitGroup(group.id(), summary -> summary.getOk() == 1);
                for (int from = 2; from < items; from += 256) {
                    group.send(frame(from, 256, bytes, isKeyed));
                }
                groups.add(group);
            }
            awaitFull(cluster);
            worker.answerAll();
            for (TestGroup group : groups) {
                assertEquals(counts(items, items, 0, 0), group.finish());
            }
            assertHeldLittle(cluster);
        }
    }

    private static Items frame(long from, int count, int bytes, boolean isKeyed) {
        Items.Builder items =
                Items.newBuilder().setBody(ByteString.copyFrom(new byte[bytes * count]));
        for (int i = 0; i < count; i++) {
            items.addSequences(from + i).addSizes(bytes);
            if (isKeyed) {
                items.addKeys(KeyedTest.key(from + i));
            }
        }
        return items.build();
    }

    @Test
    void groupsThatDoNotReadTogetherRunNoMoreThanTheirResultsHaveRoom() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "nodeWindowBytes", NODE_BYTES)) {
            cluster.worker(0).growth = 160; // of 100 bytes
            List<TestGroup> groups = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                TestGroup group = cluster.group();
                group.send(0, List.of(HUNDRED_BYTES));
                group.awaitAnswers(1);
                group.stopReading();
                groups.add(group);
            }
            for (TestGroup group : groups) {
                group.send(1, Collections.nCopies(256, HUNDRED_BYTES)); // 4 MiB
            }
            awaitFull(cluster);
            groups.forEach(TestGroup::readOn);
            for (TestGroup group : groups) {
                assertEquals(counts(257, 257, 0, 0), group.finish());
            }
            assertHeldLittle(cluster);
        }
    }

    /// Also those of the first items, of which nothing was known.
    @Test
    void leavesResultsThatNobodyReadsOnTheWorkersWhileMemoryIsShort() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "nodeWindowBytes", NODE_BYTES)) {
            TestWorker worker = cluster.worker(0);
            worker.growth = 640; // of 100 bytes
            worker.answers = false;
            List<TestGroup> groups = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                TestGroup group = cluster.group();
                group.stopReading();
                for (int sequence = 0; sequence < 64; sequence++) {
                    group.send(sequence, List.of(HUNDRED_BYTES)); // 4 MiB
                }
                groups.add(group);
            }
            Until.holds(() -> worker.received.size() == 8 * 64, () -> "not given away");
            worker.parts().forEach(TestWorker.Part::answerOneByOne);
            awaitFull(cluster);
            groups.forEach(TestGroup::readOn);
            for (TestGroup group : groups) {
                assertEquals(counts(64, 64, 0, 0), group.finish());
            }
            assertHeldLittle(cluster);
        }
    }

    /// Until what is under way has most of the half that is not kept for others, and for a while.
    private static void awaitFull(TestCluster cluster) {
        cluster.overseer().awaitHeartbeat(beat -> held(beat) >= NODE_BYTES * 2 / 5);
        int seen = cluster.overseer().heartbeats.size();
        cluster.overseer().awaitHeartbeat(_ -> cluster.overseer().heartbeats.size() > seen + 20);
    }

    /// What was expected, and as much as groups expect without asking.
    private static void assertHeldLittle(TestCluster cluster) {
        long most =
                cluster.overseer().heartbeats.stream()
                        .mapToLong(BackPressureTest::held)
                        .max()
                        .orElseThrow();
        assertTrue(most <= NODE_BYTES + NODE_BYTES / 2, "held " + most);
    }

    private static long held(Heartbeat beat) {
        return beat.getLoad().getBytesInFlight();
    }

    @Test
    void givesAWorkerNoMoreThanItReads() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = cluster.groupOnAll(open -> open);
            TestWorker slow = cluster.worker(0);
            slow.reads = false;
            for (int i = 0; i < 200; i++) {
                group.send(i, List.of(SMALL)); // 20 MB
            }
            group.awaitAnswers(150); // by the other one
            assertTrue(slow.received.size() <= 2, "got " + slow.received.size());
            slow.read();

            assertEquals(counts(200, 200, 0, 0), group.finish());
        }
    }

    @Test
    void holdsNoMoreThanTheirStreamsMayOfWhatGroupsDoNotRead() throws Exception {
        try (TestCluster cluster =
                new TestCluster(1, "streamWindowBytes", 64 << 10, "groupWindowItems", 1)) {
            cluster.worker(0).answers = false;
            long before = Buffers.usedBytes();
            List<TestGroup> groups = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                groups.add(cluster.group());
            }
            int idleRounds = 0;
            for (long sequence = 0; idleRounds < 50; sequence++, idleRounds++) {
                for (TestGroup group : groups) {
                    if (group.call().isReady()) {
                        group.send(sequence, List.of(SMALL));
                        idleRounds = 0;
                    }
                }
                LockSupport.parkNanos(1_000_000); // what was sent is on its way now
            }
            long held = Buffers.usedBytes() - before;
            assertTrue(held < 18 << 20, "30 streams hold " + held + " bytes");
            groups.forEach(group -> group.cancel("enough"));
        }
    }

    @Test
    void refusesAGroupWhoseStreamsMightNotFit() throws Exception {
        try (TestCluster cluster =
                new TestCluster(1, "unreadBytes", 1 << 20, "streamWindowBytes", 256 << 10)) {
            cluster.group();
            cluster.group();
            TestGroup third = cluster.stream().open("echo", open -> open);
            assertEquals(CallException.Kind.BUSY, third.awaitFailure().kind());
            assertEquals(
                    "groups: 3 with 6 streams of 262144 bytes on coordinator c1 (expected: at most"
                            + " 1048576 bytes that may wait to be read)",
                    third.awaitFailure().getMessage());
        }
    }

    @Test
    void countsStreamsThatHaveNotSaidWhatTheyOpen() throws Exception {
        try (TestCluster cluster =
                new TestCluster(1, "unreadBytes", 1 << 20, "streamWindowBytes", 256 << 10)) {
            cluster.group();
            cluster.stream();
            CallException why = cluster.stream().open("echo", open -> open).awaitFailure();
            assertEquals(CallException.Kind.BUSY, why.kind());
            assertEquals(
                    "groups: 2 with 5 streams of 262144 bytes on coordinator c1 (expected: at most"
                            + " 1048576 bytes that may wait to be read)",
                    why.getMessage());
        }
    }

    @Test
    void givesAWorkerNoMoreThanItWants() throws Exception {
        try (TestCluster cluster = new TestCluster(0)) {
            TestWorker modest = cluster.add("w1");
            modest.maxItems = 20;
            modest.answers = false;
            cluster.overseer().list(modest, true);
            cluster.publish();
            TestGroup group = cluster.group();
            for (int i = 0; i < 10; i++) {
                group.send(i * 10L, 10);
            }
            Until.holds(() -> modest.received.size() >= 20, () -> "" + modest.received.size());
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getItemsInFlight() == 100);
            assertEquals(20, modest.received.size());
            modest.answerAll();

            assertEquals(counts(100, 100, 0, 0), group.finish());
        }
    }

    /// Neither a frame beyond it.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void givesAWorkerThatWantsManyNoMoreThanThat(boolean isKeyed) throws Exception {
        try (TestCluster cluster = new TestCluster(0)) {
            TestWorker worker = cluster.add("w1");
            worker.maxItems = 300;
            cluster.overseer().list(worker, true);
            cluster.publish();
            TestGroup group = cluster.group(open -> open.setKeyed(isKeyed));
            group.send(frame(0, 1, isKeyed)); // how large results are
            group.awaitAnswers(1);
            worker.answers = false;
            for (int i = 0; i < 4; i++) {
                group.send(frame(1 + i * 250, 250, isKeyed));
            }
            Until.holds(() -> worker.received.size() >= 251, () -> "" + worker.received.size());
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getItemsInFlight() == 1_000);
            assertTrue(worker.received.size() <= 301, () -> "" + worker.received.size());
            worker.answerAll();

            assertEquals(counts(1_001, 1_001, 0, 0), group.finish());
        }
    }

    private static Items frame(int from, int count, boolean isKeyed) {
        Items.Builder items = Items.newBuilder();
        for (int i = 0; i < count; i++) {
            items.addSequences(from + i).addSizes(0);
            if (isKeyed) {
                items.addKeys(1 + i);
            }
        }
        return items.build();
    }

    @Test
    void letsNoOrderedGroupBlockItself() throws Exception {
        try (TestCluster cluster =
                new TestCluster(3, "groupWindowItems", 20, "groupWindowBytes", 1 << 20)) {
            TestGroup group = cluster.group(open -> open.setOrdered(true));
            cluster.workers().forEach(worker -> worker.growth = 9);
            for (int i = 0; i < 200; i++) {
                group.send(i, List.of(SMALL));
            }

            assertEquals(counts(200, 200, 0, 0), group.finish());
            assertEquals(200, group.order().size());
            for (int i = 0; i < 200; i++) {
                assertEquals(i, group.order().get(i));
            }
        }
    }

    /// Also where what is held, and what else is under way, leaves no room.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void givesTheItemForWhichAllOthersWaitInAnyCase(boolean isKeyed) throws Exception {
        try (TestCluster cluster = new TestCluster(2, "groupWindowBytes", 1 << 20)) {
            TestGroup group = cluster.groupOnAll(open -> open.setOrdered(true).setKeyed(isKeyed));
            cluster.workers().forEach(worker -> worker.answers = false);
            cluster.workers().forEach(worker -> worker.growth = 100); // one fills the window
            for (int i = 0; i < 64; i++) {
                group.send(large(i, isKeyed));
            }
            KeyedTest.awaitReceived(cluster, 64);
            boolean isFirst =
                    cluster.worker(0).received.stream().anyMatch(item -> item.sequence() == 0);
            TestWorker lost = cluster.worker(isFirst ? 0 : 1);
            TestWorker other = cluster.worker(isFirst ? 1 : 0);
            int given = other.received.size();
            other.parts().getLast().answer(1);
            cluster.overseer().awaitGroup(group.id(), summary -> summary.getOk() == given - 1);
            cluster.overseer().list(lost, false);
            cluster.publish();
            lost.opensParts = false;
            lost.die();

            Until.holds(() -> other.received.size() > given, () -> "item 0 waits for another one");
            assertEquals(0, other.received.getLast().sequence());
            assertEquals(given + 1, other.received.size());
            other.answerAll();
            assertEquals(DeliveryTest.counts(64, 64, 0, 0), group.finish());
            assertEquals(LongStream.range(0, 64).boxed().toList(), group.order());
        }
    }

    /// Of 10,000 bytes.
    private static Items large(long sequence, boolean isKeyed) {
        Items.Builder items =
                Items.newBuilder()
                        .addSequences(sequence)
                        .addSizes(10_000)
                        .setBody(ByteString.copyFrom(new byte[10_000]));
        return isKeyed ? items.addKeys(KeyedTest.key(sequence)).build() : items.build();
    }

    @Test
    void sharesTheNodesWindow() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "nodeWindowBytes", NODE_BYTES)) {
            List<TestGroup> greedy = greedy(cluster);
            TestGroup small = cluster.group();
            small.send(0, List.of(SMALL)); // in any case
            TestWorker worker = cluster.worker(0);
            Until.holds(() -> worker.received.size() == 5, () -> "the small one waits");
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getItemsInFlight() == 9);
            assertEquals(NODE_BYTES + SMALL.size(), held(cluster.overseer().heartbeats.getLast()));
            worker.answerAll();

            for (TestGroup each : greedy) {
                assertEquals(counts(2, 2, 0, 0), each.finish());
            }
            assertEquals(counts(1, 1, 0, 0), small.finish());
        }
    }

    @Test
    void aGroupThatHoldsNothingAnyMoreLeavesTheLine() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "nodeWindowBytes", NODE_BYTES)) {
            List<TestGroup> greedy = greedy(cluster);
            TestGroup small = cluster.group();
            small.send(0, List.of(SMALL));
            small.send(1, List.of(SMALL)); // waits, as the greedy ones' do
            TestWorker worker = cluster.worker(0);
            Until.holds(() -> worker.received.size() == 5, () -> "the small one waits");
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getItemsInFlight() == 10);
            worker.parts().getLast().answerAll();
            Until.holds(() -> worker.received.size() == 6, () -> "its second item waits");
            worker.answerAll();

            for (TestGroup each : greedy) {
                assertEquals(counts(2, 2, 0, 0), each.finish());
            }
            assertEquals(counts(2, 2, 0, 0), small.finish());
        }
    }

    /// Hold all of 4 MiB, as nobody answers them, and wait for more.
    static List<TestGroup> greedy(TestCluster cluster) throws Exception {
        cluster.worker(0).answers = false;
        List<TestGroup> greedy = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            TestGroup group = cluster.group();
            for (int sequence = 0; sequence < 2; sequence++) {
                group.send(sequence, List.of(ByteString.copyFrom(new byte[1 << 20])));
            }
            greedy.add(group);
        }
        Until.holds(() -> cluster.worker(0).received.size() == 4, () -> "not given away");
        cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getItemsInFlight() == 8);
        return greedy;
    }

    /// However many there are, and though they came first.
    @ParameterizedTest
    @CsvSource({"10, 40", "50, 20"})
    void groupsThatDoNotReadSlowNobodyElse(int count, int frames) throws Exception {
        int nodeBytes = 16 << 20;
        try (TestCluster cluster =
                new TestCluster(1, "nodeWindowBytes", nodeBytes, "streamWindowBytes", 64 << 10)) {
            TestWorker worker = cluster.worker(0);
            worker.putsOff = sequence -> sequence >= 1_000_000; // of the one that reads
            List<TestGroup> unread = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                TestGroup group = cluster.group();
                group.stopReading();
                for (int sequence = 0; sequence < frames; sequence++) {
                    group.send(sequence, List.of(SMALL)); // 40 MB together, or 100
                }
                unread.add(group);
            }
            cluster.overseer().awaitHeartbeat(beat -> held(beat) >= nodeBytes * 2 / 5);
            int seen = cluster.overseer().heartbeats.size();
            cluster.overseer()
                    .awaitHeartbeat(_ -> cluster.overseer().heartbeats.size() > seen + 20);

            TestGroup reader = cluster.group();
            for (int i = 0; i < 4; i++) {
                reader.send(1_000_000 + i, List.of(SMALL.substring(0, 30_000)));
            }
            Until.holds(
                    () ->
                            worker.received.stream()
                                            .filter(item -> item.sequence() >= 1_000_000)
                                            .count()
                                    == 4,
                    () -> "it has one frame under way");
            long most =
                    cluster.overseer().heartbeats.stream()
                            .mapToLong(BackPressureTest::held)
                            .max()
                            .orElseThrow();
            assertTrue(most <= nodeBytes, "held " + most);
            worker.answerAll();
            assertEquals(counts(4, 4, 0, 0), reader.finish());
            unread.forEach(group -> group.cancel("enough"));
        }
    }
}
