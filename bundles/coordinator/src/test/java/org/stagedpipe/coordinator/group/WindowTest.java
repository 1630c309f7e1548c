package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.Items;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// What groups hold of a node with 4 MiB.
final class WindowTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int MIB = 1 << 20;

    private final NodeWindow node = new NodeWindow(4 * MIB);
    private final Holdings holdings =
            new Holdings(
                    node.share(100), new NodeWindow(MIB).share(100), new Streams(1).share(100));
    private final Deque<Runnable> later = new ArrayDeque<>();
    private final List<String> in = new ArrayList<>();

    @Test
    void groupsThatHoldNothingDoNotFillTheHeapWithLargeFrames() {
        for (int i = 0; i < 100; i++) {
            admit(window(), MIB, "a" + i);
        }
        assertEquals(5, in.size());
        assertEquals(5 * MIB, node.bytes());
    }

    @Test
    void aGroupThatHoldsNothingGetsASmallFrameInAnyCase() {
        for (int i = 0; i < 6; i++) {
            admit(window(), MIB, "a" + i);
        }
        admit(window(), 64 << 10, "small");
        assertEquals("small", in.getLast());
    }

    @Test
    void whoHoldsNothingAnyMoreGoesBeforeTheOthers() {
        NodeWindow.Share.Holder others = others(4 * MIB - 300_000);
        Window large = window();
        admit(large, 100_000, "a");
        admit(large, MIB, "b");
        Window small = window();
        Frame frame = admit(small, 200_000, "c");
        admit(small, 200_000, "d");
        others.hold(1);
        assertEquals(List.of("a", "c"), in);
        small.release(frame);
        run();
        assertEquals(List.of("a", "c", "d"), in, "there is a quarter more for it");
        others.release(4 * MIB - 300_000);
        run();
        assertEquals(List.of("a", "c", "d"), in, "b would have more than it leaves of a half");
        large.shrink(100_000);
        run();
        assertEquals(List.of("a", "c", "d", "b"), in);
        assertEquals(MIB + 200_001, node.bytes());
    }

    /// None of them gives anything back.
    @Test
    void aGroupBesideManyThatHoldWhatTheyMayHasSeveralFramesToo() {
        for (int i = 0; i < 50; i++) {
            Window hog = window();
            for (int sequence = 0; sequence < 100 && !hog.isWaiting(); sequence++) {
                admit(hog, 30_000, "hog");
            }
            assertTrue(hog.isWaiting());
        }
        Window reader = window();
        for (int sequence = 0; sequence < 3; sequence++) {
            assertFalse(reader.isWaiting());
            admit(reader, 10_000, "reader" + sequence);
        }
        assertEquals("reader2", in.getLast());
    }

    @Test
    void givesNoMoreThanTheNodeHasRoomForResults() {
        Window window = window();
        admit(window, 10, "a");
        assertEquals(64, window.room(1, 0, false), "nothing is known of results");
        assertFalse(window.expects());
        window.ration().answered(1, 16_394, 0, 0); // 16 KiB more than an item
        assertTrue(window.expects());
        assertEquals(11, window.room(11, 0, false));
        assertFalse(window.isShort());
        window.expect(11);
        assertEquals(70, window.room(1_000, 11, false), "half of 2.5 MiB, and 64 KiB");
        assertTrue(window.isShort());
        window.expect(81);
        assertEquals(0, window.room(1, 81, false));

        NodeWindow.Share.Holder others = others(4 * MIB);
        Window other = window();
        admit(other, 10, "b");
        other.ration().answered(1, 32_778, 0, 0);
        assertEquals(1, other.room(1_000, 0, false), "one may always be under way");
        assertTrue(other.isShort());
        assertEquals(0, other.room(1_000, 0, true));
        assertEquals(0, other.room(1_000, 1, false));
        other.expect(1);

        Window small = window();
        admit(small, 10, "c");
        small.ration().answered(1, 4_106, 0, 0);
        assertEquals(4, small.room(1_000, 0, false), "and a few small ones");
        small.close();

        others.release(4 * MIB);
        assertEquals(4, other.room(4, 1, false));
        assertFalse(other.isShort());
        other.close();
        window.close();
        assertTrue(holdings.memory().isEmpty());
    }

    /// However large one result was: what others may have is not kept from them by a guess.
    @Test
    void setsNoMoreAsideThanTheGroupMayHave() {
        NodeWindow large = new NodeWindow(64 * MIB);
        Window window =
                window(
                        new Holdings(
                                large.share(100),
                                new NodeWindow(MIB).share(100),
                                new Streams(100).share(100)));
        admit(window, 10, "a");
        window.ration().answered(1, 100, 0, 0);
        window.expect(4_000);
        window.ration().answered(1, MIB, 0, 0);
        window.expect(4_000);
        long most = large.share(100).holder().tryExpect(100 * MIB);
        assertEquals((64 * MIB - 10 - 40 * MIB + MIB) / 2, most, "the window expects 16 MiB");
        window.close();
    }

    /// What was granted to it in the other line is not taken.
    @Test
    void isLetInOnceThoughItChangesTheLine() {
        NodeWindow.Share.Holder others = others(4 * MIB - 200_000);
        Window window = window();
        Frame frame = admit(window, 200_000, "a");
        admit(window, 400_000, "b");
        others.release(3 * MIB); // grants it, later
        others.hold(4 * MIB);
        window.release(frame);
        run();
        assertEquals(List.of("a"), in);
        others.release(4 * MIB);
        run();
        assertEquals(List.of("a", "b"), in);
        assertEquals(MIB + 200_000, node.bytes());
    }

    /// What other groups hold.
    private NodeWindow.Share.Holder others(long bytes) {
        NodeWindow.Share.Holder others = holdings.memory().holder();
        others.hold(bytes);
        return others;
    }

    private void run() {
        for (Runnable next = later.poll(); next != null; next = later.poll()) {
            next.run();
        }
    }

    private Window window() {
        return window(holdings);
    }

    private Window window(Holdings ofPrincipal) {
        Limits limits =
                new Limits(
                        100, 16 * MIB, 100 * MIB, MIB, 64, SECOND, SECOND, SECOND, SECOND, SECOND);
        return new Window(limits, ofPrincipal, new Serial(later::add, () -> {}, WindowTest::bug));
    }

    private Frame admit(Window window, int bytes, String name) {
        Items items =
                Items.newBuilder()
                        .addSequences(in.size())
                        .addSizes(bytes)
                        .setBody(ByteString.copyFrom(new byte[bytes]))
                        .build();
        Frame frame = Frame.of(items);
        window.admit(frame, () -> in.add(name));
        return frame;
    }

    private static void bug(Throwable thrown) {
        throw new AssertionError(thrown);
    }
}
