package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/// The bytes that all groups share.
final class NodeWindowTest {

    private final NodeWindow window = new NodeWindow(100);
    private final NodeWindow.Share share = window.share(100);
    private final List<String> granted = new ArrayList<>();

    @Test
    void letsInWhatFits() {
        assertNull(take(60, "a"));
        assertNull(take(40, "b"));
        assertNotNull(take(1, "c"));
        assertEquals(100, window.bytes());
        assertEquals(List.of(), granted);
    }

    @Test
    void keepsTheLine() {
        take(100, "a");
        take(50, "b");
        take(10, "c");
        share.release(20);
        assertEquals(List.of(), granted, "c does not overtake b");
        share.release(40);
        assertEquals(List.of("b", "c"), granted);
        assertEquals(100, window.bytes());
    }

    @Test
    void letsOneIntoAnEmptyWindowWhateverItsSize() {
        assertNull(take(500, "a"));
        assertNotNull(take(1, "b"));
        share.release(500);
        assertEquals(List.of("b"), granted);
    }

    @Test
    void hasAQuarterMoreForThoseWhoHoldNothing() {
        take(100, "a");
        assertNotNull(take(1, "b"));
        for (int i = 0; i < 50; i++) {
            boolean isIn = takeFirst(share, 10, "first" + i) == null;
            assertEquals(i < 2, isIn);
        }
        assertEquals(120, window.bytes());
        share.release(10);
        assertEquals(List.of("first2"), granted, "b is behind all of them");
        for (int i = 3; i < 50; i++) {
            share.release(10);
            assertEquals("first" + i, granted.getLast());
            assertEquals(120, window.bytes());
        }
        share.release(20);
        assertEquals(48, granted.size());
        share.release(1);
        assertEquals("b", granted.getLast());
        assertEquals(100, window.bytes());
    }

    @Test
    void aShareHasAQuarterMoreForThem() {
        NodeWindow.Share half = window.share(50);
        half.hold(50);
        assertNull(takeFirst(half, 12, "a"));
        NodeWindow.Ticket second = takeFirst(half, 12, "b");
        assertNotNull(second);
        assertTrue(second.isFirst());
        assertNull(takeFirst(share, 60, "c"), "who waits for its share keeps nobody else out");
        share.release(60);
        half.leave(second);
        half.release(62);
        assertTrue(half.isEmpty());
        assertEquals(0, window.bytes());
    }

    @Test
    void setsAsideWhatIsExpected() {
        assertEquals(40, share.tryExpect(40));
        assertEquals(0, window.bytes(), "it is not here yet");
        assertFalse(share.isEmpty());
        assertNull(take(60, "a"));
        assertNotNull(take(1, "b"));
        assertEquals(25, share.tryExpect(60), "a quarter more");
        assertEquals(0, share.tryExpect(1));
        share.expectLess(25);
        assertEquals(List.of(), granted);
        share.expectLess(1);
        assertEquals(List.of("b"), granted);
        assertEquals(61, window.bytes());
        share.release(61);
        share.expectLess(39);
        assertTrue(share.isEmpty());
    }

    @Test
    void setsNothingAsideWhileAGroupWaitsThatHoldsNothing() {
        NodeWindow.Share half = window.share(50);
        half.hold(50);
        assertEquals(12, half.tryExpect(20), "a quarter more of its share");
        assertNotNull(takeFirst(half, 5, "a"));
        half.expectLess(4);
        assertEquals(List.of(), granted);
        assertEquals(0, half.tryExpect(4));
        assertEquals(20, share.tryExpect(20), "it waits for its share");
        share.hold(55);
        half.expectLess(8);
        assertEquals(List.of(), granted, "it waits for the node's");
        assertEquals(0, share.tryExpect(1));
        share.release(55);
        assertEquals(List.of("a"), granted);
    }

    @Test
    void givesBackWhatWasGrantedToWhoLeaves() {
        take(100, "a");
        NodeWindow.Ticket waits = take(10, "b");
        NodeWindow.Ticket gets = take(20, "c");
        assertNotNull(waits);
        assertNotNull(gets);
        share.leave(waits);
        share.release(100);
        assertEquals(List.of("c"), granted);
        share.leave(gets);
        assertEquals(0, window.bytes());
    }

    @Test
    void whoWaitsForItsShareKeepsNobodyElseOut() {
        NodeWindow.Share half = window.share(50);
        assertNull(half.take(40, false, () -> granted.add("a")));
        assertNotNull(half.take(20, false, () -> granted.add("b")));
        assertNotNull(half.take(5, false, () -> granted.add("c")));
        assertFalse(half.tryTake(1), "two wait");
        assertNull(take(30, "d"));
        assertNotNull(take(46, "e"));
        half.release(15);
        assertEquals(List.of(), granted, "b has room in its share, and is behind e");
        share.release(30);
        assertEquals(List.of("e", "b", "c"), granted);
        assertEquals(96, window.bytes());
        assertTrue(half.isFull());
        assertFalse(share.isFull());
        half.release(50);
        share.release(46);
        assertTrue(half.isEmpty());
        assertEquals(0, window.bytes());
    }

    @Test
    void whoLeavesItsShareLetsInTheNextOne() {
        NodeWindow.Share half = window.share(50);
        half.hold(10);
        NodeWindow.Ticket large = half.take(45, false, () -> granted.add("a"));
        assertNotNull(large);
        assertNotNull(half.take(40, false, () -> granted.add("b")));
        half.leave(large);
        assertEquals(List.of("b"), granted);

        NodeWindow.Ticket waits = half.take(1, false, () -> granted.add("c"));
        assertNotNull(waits);
        share.hold(60); // by results: the node is full
        half.release(10);
        assertEquals(List.of("b"), granted, "c has its share, and waits for the node's");
        half.leave(waits);
        half.release(40);
        assertTrue(half.isEmpty());
        assertEquals(60, window.bytes());
    }

    private NodeWindow.@Nullable Ticket takeFirst(NodeWindow.Share from, long bytes, String name) {
        return from.take(bytes, true, () -> granted.add(name));
    }

    private NodeWindow.@Nullable Ticket take(long bytes, String name) {
        return share.take(bytes, false, () -> granted.add(name));
    }
}
