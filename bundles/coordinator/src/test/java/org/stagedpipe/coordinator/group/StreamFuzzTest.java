package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;

import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.transport.CallException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/// Whatever a client sends: a rule is broken with a text, or what is taken adds up.
///
/// Inputs are messages as they follow each other on a stream, each with its length before it.
final class StreamFuzzTest {

    private static final Limits LIMITS =
            new Limits(
                    64,
                    16 << 20,
                    10_000,
                    1 << 20,
                    64,
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1));

    @FuzzTest(maxDuration = "1m")
    void theFrameDecoder(byte[] stream) throws IOException {
        decode(stream, false);
        decode(stream, true);
    }

    private static void decode(byte[] stream, boolean isKeyed) throws IOException {
        BigItems bigItems =
                new BigItems(
                        LIMITS,
                        new Spool(Path.of("target", "unused"), Long.MAX_VALUE, 1 << 20),
                        new Window(
                                LIMITS,
                                new Holdings(
                                        new NodeWindow(1 << 20).share(100),
                                        new NodeWindow(1 << 20).share(100),
                                        new Streams(100).share(100)),
                                new Serial(Runnable::run, () -> {}, StreamFuzzTest::bug)),
                        () -> false);
        Intake intake = new Intake(bigItems, isKeyed);
        ByteArrayInputStream in = new ByteArrayInputStream(stream);
        Follower follower = new Follower(isKeyed);
        try {
            for (GroupRequest next = GroupRequest.parseDelimitedFrom(in);
                    next != null;
                    next = GroupRequest.parseDelimitedFrom(in)) {
                follower.take(intake, next);
            }
            intake.requireWhole("the end");
        } catch (CallException e) {
            assertEquals(CallException.Kind.INVALID, e.kind());
            assertTrue(e.getMessage().contains("(expected: "), e.getMessage());
        } catch (InvalidProtocolBufferException e) {
            return; // gRPC refuses that before anybody sees it
        }
    }

    private static void bug(Throwable thrown) {
        throw new AssertionError(thrown);
    }

    /// Checks what the intake lets in.
    private static final class Follower {

        private final boolean isKeyed;
        private long last = -1;
        private long chunked; // of the item whose chunks are coming

        private Follower(boolean isKeyed) {
            this.isKeyed = isKeyed;
        }

        private void take(Intake intake, GroupRequest message) throws CallException {
            switch (message.getMessageCase()) {
                case ITEMS -> take(intake.items(message.getItems()), message.getItems());
                case CHUNK -> take(intake, message.getChunk());
                case OPEN, CANCEL, MOVED, MESSAGE_NOT_SET -> {}
            }
        }

        private void take(Frame frame, Items items) {
            long bytes = 0;
            for (int i = 0; i < frame.count(); i++) {
                assertTrue(frame.sequence(i) > last, "ascending");
                last = frame.sequence(i);
                bytes += items.getSizes(i);
                assertEquals(i, frame.indexOf(last));
                assertEquals(isKeyed, frame.key(i) != 0);
            }
            assertEquals(items.getBody().size(), bytes);
            assertEquals(bytes, frame.bytes());
            assertTrue(frame.count() <= LIMITS.windowItems());
        }

        private void take(Intake intake, Chunk chunk) throws CallException {
            Frame begun = intake.chunk(chunk);
            if (begun != null) {
                assertTrue(begun.first() > last, "ascending");
                last = begun.first();
                assertEquals(isKeyed, begun.key(0) != 0);
                chunked = 0;
            }
            assertEquals(last, chunk.getSequence());
            chunked += chunk.getData().size();
            assertTrue(chunked <= chunk.getSize(), "not beyond its size");
            assertEquals(chunked < chunk.getSize(), intake.isPartial());
            if (begun != null) {
                assertEquals(intake.skips() ? 0 : chunk.getSize(), begun.bytes());
            }
        }
    }

    @FuzzTest(maxDuration = "1m")
    void theStates(FuzzedDataProvider data) {
        GroupState state = GroupState.AWAITING_OPEN;
        boolean opened = false;
        int ends = 0;
        while (data.remainingBytes() > 0) {
            GroupState.Event event = data.pickValue(GroupState.Event.values());
            GroupState next = state.after(event);
            if (next == null) {
                continue;
            }
            opened |= event == GroupState.Event.OPENED;
            ends += next == GroupState.CLOSED ? 1 : 0;
            assertTrue(event != GroupState.Event.DONE || opened, "ends well only if it was open");
            state = next;
        }
        assertTrue(ends <= 1, "ends once");
        assertEquals(ends == 1, state == GroupState.CLOSED);
    }
}
