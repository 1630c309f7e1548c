package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/// The bytes that all groups share: 12,800, of which a group may hold 100 as long as there is room.
final class NodeWindowTest {

    private static final int MOST = 12_800;
    private static final int EACH = 100;

    private final NodeWindow window = new NodeWindow(MOST);
    private final NodeWindow.Share share = window.share(100);
    private final List<String> granted = new ArrayList<>();

    @Test
    void aGroupHoldsNoMoreOfOneHalfThanItLeaves() {
        NodeWindow.Share.Holder one = share.holder();
        one.hold(1);
        assertNull(take(one, 3_249, "a"), "100, and 3,150 of 6,400");
        assertNotNull(take(one, 1, "b"));
        NodeWindow.Share.Holder other = holding(1);
        assertNull(take(other, 1_624, "c"), "100, and 1,525 of 3,150");
        assertTrue(other.hasRoom(1), "for what does not wait");
        other.hold(6_350);
        assertFalse(other.hasRoom(1), "the last quarter is for others");
        other.release(6_350);
        one.release(2);
        assertEquals(List.of(), granted, "the other one has its part");
        other.release(1_625);
        assertEquals(List.of("b"), granted);
        assertEquals(3_249, window.bytes());
    }

    @ParameterizedTest
    @CsvSource({"10, false", "10, true", "50, false", "50, true"})
    void groupsThatGiveNothingBackLeaveRoomToOthers(int count, boolean inTurns) {
        List<NodeWindow.Share.Holder> hogs =
                IntStream.range(0, count).mapToObj(_ -> share.holder()).toList();
        for (int i = 0; i < (inTurns ? MOST : 1); i++) {
            for (NodeWindow.Share.Holder hog : hogs) {
                boolean mayMore = true;
                for (int taken = 0; taken < (inTurns ? 1 : MOST) && mayMore; taken++) {
                    mayMore = hog.tryTake(10);
                }
            }
        }
        hogs.forEach(hog -> assertNotNull(take(hog, 10, "hog")));
        assertTrue(window.bytes() > MOST * 0.45, window.bytes() + " are taken");
        assertTrue(window.bytes() <= MOST / 2 + count * EACH, window.bytes() + " are taken");

        for (int i = 0; i < 10; i++) {
            NodeWindow.Share.Holder reader = share.holder();
            assertNull(take(reader, EACH / 2, "x"));
            assertNull(take(reader, EACH / 2, "y"), "a hog before it keeps it out");
        }
        assertEquals(List.of(), granted);
    }

    @Test
    void whoNeedsTheLeastRoomIsFirst() {
        NodeWindow.Share.Holder full = share.holder();
        full.hold(MOST);
        NodeWindow.Share.Holder large = holding(2_000);
        NodeWindow.Share.Holder small = holding(50);
        NodeWindow.Share.Holder middle = holding(200);
        assertNotNull(take(large, 1, "large"));
        assertNotNull(take(middle, 1, "middle"));
        assertNotNull(take(small, 50, "small"));
        full.release(2_250 + 49);
        assertEquals(List.of(), granted);
        full.release(1);
        assertEquals(List.of("small"), granted);
        full.release(MOST - 2_300);
        assertEquals(List.of("small", "middle", "large"), granted);
    }

    @Test
    void whoHoldsLessIsLetIn() {
        NodeWindow.Share.Holder hog = holding(3_250);
        NodeWindow.Share.Holder other = holding(1_600);
        assertNotNull(take(hog, 1, "hog"));
        assertNotNull(take(other, 100, "other"));
        other.release(74);
        assertEquals(List.of(), granted);
        other.release(1);
        assertEquals(List.of("other"), granted, "it holds less itself");
        other.release(1_625);
        assertEquals(List.of("other"), granted);
        hog.hold(2);
        hog.release(3);
        assertEquals(List.of("other", "hog"), granted);
        assertEquals(3_250, window.bytes());
    }

    @Test
    void saysWhetherItWaitsForOthers() {
        NodeWindow.Share.Holder hog = holding(3_250);
        assertFalse(hog.waitsForOthers());
        assertNotNull(take(hog, 1, "a"));
        assertFalse(hog.waitsForOthers(), "for what it holds itself");
        NodeWindow.Share.Holder other = holding(3_000);
        assertNotNull(take(other, 1, "b"));
        assertTrue(other.waitsForOthers());
        hog.hold(MOST);
        assertNotNull(takeFirst(share.holder(), 2, "c"));
        NodeWindow.Share.Holder first = share.holder();
        NodeWindow.Ticket ticket = takeFirst(first, 1, "d");
        assertNotNull(ticket);
        assertTrue(first.waitsForOthers());
        first.leave(ticket);
        assertFalse(first.waitsForOthers());
    }

    @Test
    void letsOneIntoAnEmptyWindowWhateverItsSize() {
        NodeWindow.Share.Holder large = share.holder();
        assertFalse(large.tryTake(2 * MOST), "who need not wait has another place");
        assertNull(take(large, 2 * MOST, "a"));
        assertNotNull(take(share.holder(), 1, "b"));
        large.release(2 * MOST);
        assertEquals(List.of("b"), granted);
    }

    @Test
    void hasAQuarterMoreForThoseWhoHoldNothing() {
        NodeWindow.Share.Holder full = holding(MOST);
        assertNotNull(take(full, 1, "b"));
        for (int i = 0; i < 50; i++) {
            boolean isIn = takeFirst(share.holder(), 1_000, "first" + i) == null;
            assertEquals(i < 3, isIn);
        }
        assertEquals(MOST + 3_000, window.bytes());
        full.release(800);
        assertEquals(List.of("first3"), granted, "b is behind all of them");
        for (int i = 4; i < 13; i++) {
            full.release(1_000);
            assertEquals("first" + i, granted.getLast());
        }
        assertEquals(MOST + 3_200, window.bytes());
    }

    @Test
    void aShareHasAQuarterMoreForThem() {
        NodeWindow.Share half = window.share(50);
        NodeWindow.Share.Holder full = half.holder();
        full.hold(6_500);
        NodeWindow.Share.Holder first = half.holder();
        assertNull(takeFirst(first, 1_400, "a"));
        NodeWindow.Share.Holder second = half.holder();
        NodeWindow.Ticket waits = takeFirst(second, 1_400, "b");
        assertNotNull(waits);
        assertTrue(waits.isFirst());
        assertNull(
                takeFirst(share.holder(), 8_100, "c"), "who waits for its share keeps nobody out");
        second.leave(waits);
        first.release(1_400);
        full.release(6_500);
        assertTrue(half.isEmpty());
        assertEquals(8_100, window.bytes());
    }

    @Test
    void setsAsideWhatIsExpected() {
        NodeWindow.Share.Holder one = share.holder();
        assertEquals(4_100, one.tryExpect(MOST), "half of 8,000, and of 200");
        assertEquals(0, window.bytes(), "it is not here yet");
        assertFalse(share.isEmpty());
        assertEquals(0, one.tryExpect(1));
        NodeWindow.Share.Holder other = share.holder();
        assertNull(take(other, 1_200, "a"));
        assertNotNull(take(other, 1, "b"));
        one.expectLess(1);
        assertEquals(List.of(), granted);
        one.expectLess(1);
        assertEquals(List.of("b"), granted);
        assertEquals(1_201, window.bytes());
        for (int i = 0; i < 50; i++) {
            assertEquals(200, share.holder().tryExpect(200), "in any case");
        }
    }

    @Test
    void setsNothingAsideWhileAGroupWaitsThatHoldsNothing() {
        NodeWindow.Share half = window.share(50);
        NodeWindow.Share.Holder full = half.holder();
        full.hold(7_800);
        NodeWindow.Share.Holder other = half.holder();
        assertEquals(100, other.tryExpect(100), "a quarter more of its share");
        assertNotNull(takeFirst(half.holder(), 200, "a"));
        other.expectLess(40);
        assertEquals(List.of(), granted);
        assertEquals(0, other.tryExpect(40));
        NodeWindow.Share.Holder free = share.holder();
        assertEquals(200, free.tryExpect(200), "it waits for its share");
        free.hold(8_000);
        other.expectLess(60);
        full.release(100);
        assertEquals(List.of(), granted, "it waits for the node's");
        assertEquals(0, free.tryExpect(1));
        free.release(8_000);
        assertEquals(List.of("a"), granted);
    }

    @Test
    void givesBackWhatWasGrantedToWhoLeaves() {
        NodeWindow.Share.Holder full = holding(MOST);
        NodeWindow.Share.Holder one = holding(50);
        NodeWindow.Share.Holder other = holding(50);
        NodeWindow.Ticket waits = take(one, 20, "b");
        NodeWindow.Ticket gets = take(other, 30, "c");
        assertNotNull(waits);
        assertNotNull(gets);
        one.leave(waits);
        full.release(MOST);
        assertEquals(List.of("c"), granted);
        assertEquals(130, window.bytes());
        other.leave(gets);
        assertEquals(100, window.bytes());
    }

    @Test
    void whoWaitsForItsShareKeepsNobodyElseOut() {
        NodeWindow.Share half = window.share(50);
        NodeWindow.Share.Holder one = half.holder();
        NodeWindow.Share.Holder two = half.holder();
        NodeWindow.Share.Holder three = half.holder();
        one.hold(6_000);
        two.hold(10);
        three.hold(10);
        assertNotNull(take(one, 1, "b"));
        assertNull(take(two, 40, "c"), "50 in any case");
        assertNotNull(take(two, 50, "d"));
        NodeWindow.Share.Holder free = share.holder();
        assertNull(take(free, 150, "e"));
        free.hold(MOST);
        NodeWindow.Ticket waits = take(three, 40, "f");
        assertNotNull(waits, "it has room in its share, and waits for the node's");
        free.release(150 + MOST);
        assertEquals(List.of("f"), granted);
        one.release(6_000);
        assertEquals(List.of("f", "b", "d"), granted);
        assertEquals(151, window.bytes());
    }

    @Test
    void whoLeavesTheNodesLineLeavesItsShareToo() {
        NodeWindow.Share half = window.share(50);
        NodeWindow.Share.Holder one = half.holder();
        NodeWindow.Share.Holder full = share.holder();
        full.hold(MOST);
        NodeWindow.Ticket waits = take(one, 6_400, "a");
        assertNotNull(waits);
        assertNotNull(take(half.holder(), 1, "b"), "all of its share waits with the other");
        one.leave(waits);
        assertEquals(List.of(), granted);
        full.release(1);
        assertEquals(List.of("b"), granted);
        full.release(MOST - 1);
        assertFalse(half.isEmpty());
        assertEquals(1, window.bytes());
    }

    @Test
    void wakesWhoWaitsWhicheverThreadMakesRoom() throws Exception {
        long others = MOST - 500;
        holding(others);
        try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                SplittableRandom random = new SplittableRandom(i);
                done.add(
                        threads.submit(() -> {
                            takeAndGiveBack(share.holder(), random);
                            return null;
                        }));
            }
            for (Future<?> each : done) {
                each.get();
            }
        }
        assertEquals(others, window.bytes());
    }

    private static void takeAndGiveBack(NodeWindow.Share.Holder holder, SplittableRandom random)
            throws InterruptedException {
        for (int i = 0; i < 5_000; i++) {
            Semaphore granted = new Semaphore(0);
            NodeWindow.Ticket ticket = holder.take(300, false, granted::release);
            if (ticket != null && random.nextBoolean()) {
                Thread.yield(); // it may be granted before it leaves
                holder.leave(ticket);
            } else {
                assertTrue(ticket == null || granted.tryAcquire(20, TimeUnit.SECONDS), "forgotten");
                holder.release(300);
            }
        }
    }

    /// Whatever groups do: the sum is right and within its bound, and when all give back what they hold nobody waits.
    @RepeatedTest(50)
    void keepsItsBoundAndForgetsNobody(RepetitionInfo seed) {
        SplittableRandom random = new SplittableRandom(seed.getCurrentRepetition());
        List<NodeWindow.Share> shares = List.of(share, window.share(80), window.share(50));
        List<Group> groups =
                IntStream.range(0, 1 + random.nextInt(60))
                        .mapToObj(_ -> new Group(shares.get(random.nextInt(shares.size()))))
                        .toList();
        for (int i = 0; i < 2_000; i++) {
            groups.get(random.nextInt(groups.size())).doSomething(random);
            long sum = groups.stream().mapToLong(group -> group.held).sum();
            assertEquals(sum, window.bytes());
            assertTrue(sum <= MOST + MOST / 4, sum + " are taken");
        }
        for (Group group : groups) {
            group.endsWith(group.expected);
        }
        for (boolean isLeft = true; isLeft; ) {
            isLeft = false;
            for (Group group : groups) {
                isLeft |= group.held > 0;
                group.release(group.held);
            }
        }
        groups.forEach(group -> assertNull(group.ticket, "it waits for nobody"));
        assertEquals(0, window.bytes());
        assertTrue(shares.stream().allMatch(NodeWindow.Share::isEmpty));
    }

    /// What a group does with its window.
    private static final class Group {

        private final NodeWindow.Share.Holder holder;
        private NodeWindow.@Nullable Ticket ticket;
        private long wanted;
        private long held;
        private long expected;

        private Group(NodeWindow.Share share) {
            holder = share.holder();
        }

        private void doSomething(SplittableRandom random) {
            switch (random.nextInt(6)) {
                case 0, 1 -> take(1 + random.nextInt(400));
                case 2 -> release(random.nextLong(held + 1));
                case 3 -> expected += holder.tryExpect(random.nextLong(400));
                case 4 -> endsWith(random.nextLong(expected + 1));
                default -> leaveOrTry(random);
            }
        }

        private void take(long bytes) {
            if (ticket == null) {
                wanted = bytes;
                ticket = holder.take(bytes, held == 0, this::granted);
                held += ticket == null ? bytes : 0;
            }
        }

        private void granted() {
            ticket = null;
            held += wanted;
        }

        private void release(long bytes) {
            held -= bytes;
            holder.release(bytes);
        }

        private void endsWith(long fewer) {
            expected -= fewer;
            holder.expectLess(fewer);
        }

        private void leaveOrTry(SplittableRandom random) {
            NodeWindow.Ticket left = ticket;
            if (left != null) {
                ticket = null;
                holder.leave(left);
            } else if (holder.tryTake(150)) {
                held += 150;
            }
        }
    }

    private NodeWindow.Share.Holder holding(long bytes) {
        NodeWindow.Share.Holder holder = share.holder();
        holder.hold(bytes);
        return holder;
    }

    private NodeWindow.@Nullable Ticket takeFirst(
            NodeWindow.Share.Holder from, long bytes, String name) {
        return from.take(bytes, true, () -> granted.add(name));
    }

    private NodeWindow.@Nullable Ticket take(
            NodeWindow.Share.Holder from, long bytes, String name) {
        return from.take(bytes, false, () -> granted.add(name));
    }
}
