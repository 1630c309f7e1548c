package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/// Frames that are cut, and what of them counts.
final class FlightTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int ITEMS = 256;
    private static final int BYTES = 1 << 10;

    private final Limits limits =
            new Limits(64, 1 << 20, 1 << 20, 1 << 20, 64, SECOND, SECOND, SECOND, SECOND, SECOND);
    private final NodeWindow node = new NodeWindow(1 << 20);
    private final Window window =
            new Window(
                    limits,
                    new Holdings(
                            node.share(100),
                            new NodeWindow(1 << 20).share(100),
                            new Streams(100).share(100)),
                    new Serial(Runnable::run, () -> {}, FlightTest::bug));
    private final TestTransport client = new TestTransport();
    private final Outbox outbox =
            new Outbox(client, window, limits, _ -> ItemFault.getDefaultInstance());
    private final Flight flight =
            new Flight(
                    new Counts(new LongAdder()), window, new Order.AsAnswered(outbox), null, false);

    @Test
    void copiesAFrameTwiceAtMostHoweverOftenItIsCut() {
        Frame rest = accept(frame(ITEMS, BYTES));
        List<Frame> all = new ArrayList<>();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < ITEMS - 1; i++) {
            List<Frame> two = flight.cut(rest, 1);
            all.add(two.getFirst());
            rest = two.getLast();
        }
        all.add(rest);
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / ITEMS;
        assertTrue(each < 8 * BYTES, each + " bytes for an item");

        assertEquals((long) ITEMS * BYTES, node.bytes(), "nothing is shared any more");
        for (int i = 0; i < ITEMS; i++) {
            assertEquals(frame(i, 1, BYTES).items(), all.get(i).items());
            flight.fault(all.get(i), ItemFault.Kind.SYSTEM, "lost");
        }
        read();
        assertEquals(0, node.bytes());
        assertTrue(flight.isEmpty());
    }

    @Test
    void whatARestSharesCountsUntilTheRestIsAnswered() {
        List<Frame> two = flight.cut(accept(frame(10, 100)), 2);
        assertEquals(200 + 1_000, node.bytes());
        flight.fault(two.getFirst(), ItemFault.Kind.SYSTEM, "lost");
        read();
        assertEquals(1_000, node.bytes());
        flight.fault(two.getLast(), ItemFault.Kind.SYSTEM, "lost");
        read();
        assertEquals(0, node.bytes());
    }

    /// Or many small items could become as many large texts that nobody counts.
    @Test
    void faultsCountUntilTheClientTakesThem() {
        flight.fault(accept(frame(10, 100)), ItemFault.Kind.SYSTEM, "x".repeat(4_000));
        assertEquals(10 * 4_000, node.bytes(), 10 * 20);
        assertTrue(outbox.isUnread());
        read();
        assertEquals(0, node.bytes());
    }

    private void read() {
        client.messages = 1_000;
        outbox.pump();
        client.messages = 0;
    }

    @Test
    void aRestIsAFrameAsAnyOther() {
        Frame rest = flight.cut(accept(frame(10, 100)), 2).getLast();
        rest = flight.cut(rest, 1).getLast();
        assertEquals(3, rest.first());
        assertEquals(7, rest.count());
        assertEquals(4, rest.indexOf(7));
        assertEquals(-1, rest.indexOf(2));
        assertEquals(frame(3, 7, 100).items(), rest.items());
        assertEquals(frame(5, 1, 100).items(), rest.single(2).items());
        List<Frame> divided = rest.divide(new int[] {0, 0, 0, 0, 0, 1, 1}, 2);
        assertEquals(frame(3, 5, 100).items(), divided.getFirst().items());
        assertEquals(frame(8, 2, 100).items(), divided.getLast().items());
        assertEquals(frame(7, 3, 100).items(), rest.cut(4).items());
        assertEquals(frame(3, 4, 100).items(), rest.items());
    }

    /// Or one item that waits would keep the bytes of all that were answered, which nobody counts any more.
    @Test
    void whatIsTakenFromAFrameKeepsNoneOfItsBytes() {
        Frame frame = frame(10, 100);
        assertEquals(100, keptBytes(frame.single(3)));
        assertEquals(100, keptBytes(frame(2, 100).single(1)));
        assertEquals(400, keptBytes(frame.cut(6)));
    }

    private static int keptBytes(Frame frame) {
        return frame.items().getBody().asReadOnlyByteBuffer().capacity();
    }

    @Test
    void leavesOutWhatIsAnswered() {
        Frame frame = accept(frame(6, 100));
        frame.answer(1, 2);
        frame.answer(4, 5);
        List<Frame> two = flight.cut(frame, 2);
        assertEquals(List.of(0L, 2L), two.getFirst().items().getSequencesList());
        assertEquals(List.of(3L, 5L), two.getLast().items().getSequencesList());
        assertEquals(ByteString.copyFrom(body(0, 2)), two.getFirst().items().getBody());
        assertEquals(ByteString.copyFrom(body(3, 5)), two.getLast().items().getBody());
        assertEquals(400, node.bytes());
    }

    private static byte[] body(int... items) {
        byte[] body = new byte[100 * items.length];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) items[i / 100];
        }
        return body;
    }

    private Frame accept(Frame frame) {
        window.admit(frame, () -> flight.accept(frame));
        return frame;
    }

    private static Frame frame(int items, int bytes) {
        return frame(0, items, bytes);
    }

    private static Frame frame(int from, int items, int bytes) {
        Items.Builder frame = Items.newBuilder();
        byte[] body = new byte[items * bytes];
        for (int i = 0; i < items; i++) {
            frame.addSequences(from + i).addSizes(bytes);
            Arrays.fill(body, i * bytes, (i + 1) * bytes, (byte) (from + i));
        }
        return Frame.of(frame.setBody(ByteString.copyFrom(body)).build());
    }

    private static void bug(Throwable thrown) {
        throw new AssertionError(thrown);
    }
}
