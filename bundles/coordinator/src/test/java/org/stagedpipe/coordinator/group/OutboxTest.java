package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.Outcomes;

import java.time.Duration;

/// Answers on their way to a client.
final class OutboxTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int BYTES = 600;

    private final Limits limits =
            new Limits(64, 1 << 20, 1 << 20, 1 << 20, 64, SECOND, SECOND, SECOND, SECOND, SECOND);
    private final NodeWindow node = new NodeWindow(10_000);
    private final Window window =
            new Window(
                    limits,
                    new Holdings(
                            node.share(100),
                            new NodeWindow(1 << 20).share(100),
                            new Streams(100).share(100)),
                    new Serial(Runnable::run, () -> {}, OutboxTest::bug));
    private final TestTransport client = new TestTransport();
    private final Outbox outbox =
            new Outbox(client, window, limits, _ -> ItemFault.getDefaultInstance());

    @Test
    void anAnswerCountsWhileTheTransportHasACopyOfIt() {
        for (int i = 0; i < 3; i++) {
            window.hold(BYTES);
            outbox.add(answer(i));
        }
        client.messages = 1; // more than that it does not take
        outbox.pump();
        assertEquals(1, client.sent.size());
        assertEquals(3 * BYTES, node.bytes(), "it is not known to have left");
        client.messages = 2;
        outbox.pump();
        assertEquals(3, client.sent.size());
        assertTrue(outbox.isEmpty());
        assertEquals(BYTES, node.bytes());
        outbox.pump(); // nobody is ready
        assertEquals(BYTES, node.bytes());
        client.messages = 1;
        outbox.pump();
        assertEquals(0, node.bytes());
    }

    @Test
    void isFullSoonerWhereMemoryIsShortButNotWithoutAnAnswer() {
        Limits least =
                new Limits(1, 1 << 20, 1 << 20, 1, 1, SECOND, SECOND, SECOND, SECOND, SECOND);
        assertFalse(
                new Outbox(client, window, least, _ -> ItemFault.getDefaultInstance())
                        .isFullEnough());
        for (int i = 0; i < 4; i++) {
            assertFalse(outbox.isFullEnough());
            outbox.add(answer(i));
        }
        assertTrue(outbox.isFullEnough());
        assertFalse(outbox.isFull());
    }

    private static void bug(Throwable thrown) {
        throw new AssertionError(thrown);
    }

    private static Outcomes answer(long sequence) {
        return Outcomes.newBuilder()
                .setResults(
                        Items.newBuilder()
                                .addSequences(sequence)
                                .addSizes(BYTES)
                                .setBody(ByteString.copyFrom(new byte[BYTES])))
                .build();
    }
}
