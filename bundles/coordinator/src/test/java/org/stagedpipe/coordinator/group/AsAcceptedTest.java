package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.Outcomes;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/// Answers that leave in the order of their items.
final class AsAcceptedTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int ITEMS = 10_000;

    private final Limits limits =
            new Limits(
                    ITEMS, 1 << 20, 1 << 20, 1 << 20, 64, SECOND, SECOND, SECOND, SECOND, SECOND);
    private final Window window =
            new Window(
                    limits,
                    new Holdings(
                            new NodeWindow(1 << 20).share(100),
                            new NodeWindow(1 << 20).share(100),
                            new Streams(100).share(100)),
                    new Serial(Runnable::run, () -> {}, AsAcceptedTest::bug));
    private final TestTransport client = new TestTransport();
    private final Outbox outbox =
            new Outbox(client, window, limits, _ -> ItemFault.getDefaultInstance());
    private final Order order = new AsAccepted(outbox);

    @Test
    void noMessageHasMoreItemsThanAFrame() {
        order.accepted(Frame.of(empty(0, ITEMS)));
        order.answered(Outcomes.newBuilder().setResults(empty(1, ITEMS)).build());
        assertTrue(outbox.isEmpty());
        order.answered(Outcomes.newBuilder().setResults(empty(0, 1)).build());
        client.messages = ITEMS;
        outbox.pump();

        List<Long> all = new ArrayList<>();
        for (GroupResponse message : client.sent) {
            Items results = message.getOutcomes().getResults();
            assertTrue(
                    results.getSequencesCount() <= Limits.MAX_FRAME_ITEMS,
                    results.getSequencesCount() + " items");
            all.addAll(results.getSequencesList());
        }
        assertEquals(LongStream.range(0, ITEMS).boxed().toList(), all);
        assertEquals(3, client.sent.size());
    }

    private static Items empty(int from, int to) {
        Items.Builder items = Items.newBuilder().setBody(ByteString.EMPTY);
        for (int i = from; i < to; i++) {
            items.addSequences(i).addSizes(0);
        }
        return items.build();
    }

    private static void bug(Throwable thrown) {
        throw new AssertionError(thrown);
    }
}
