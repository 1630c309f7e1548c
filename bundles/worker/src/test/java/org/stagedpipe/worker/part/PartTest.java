package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.worker.part.TestStream.Opening;

import java.util.List;

/// What no coordinator does that keeps the rules.
class PartTest {

    /// It waits for the answer to its open.
    @Test
    void itemsOfAPartThatNeverOpensAreForgotten() {
        assertEnds(
                Kind.NOT_FOUND,
                "pass 1.0.0: nobody has it",
                TestStream.of(List.of(open(false), items(0, 1)), Opening.NEVER));
    }

    @Test
    void anItemsKeyIsNotZero() {
        assertInvalid(
                "items: key 0 (expected: another number)",
                open(true),
                WorkRequest.newBuilder()
                        .setItems(
                                Items.newBuilder()
                                        .addSequences(0)
                                        .addSequences(1)
                                        .addSizes(0)
                                        .addSizes(0)
                                        .addKeys(0)
                                        .addKeys(0))
                        .build());
    }

    @Test
    void allChunksOfAnItemHaveItsKey() {
        assertInvalid(
                "chunk of item 0: key 0 (expected: 7, as in its first one)",
                open(true),
                chunk(0, 0, 7),
                chunk(0, 1, 0),
                chunk(1, 0, 7),
                chunk(1, 1, 0));
        assertInvalid(
                "chunk of item 0: key 7 (expected: 0, as in its first one)",
                open(false),
                chunk(0, 0, 0),
                chunk(0, 1, 7));
    }

    @Test
    void sequencesAreBelow2To63() {
        assertInvalid(
                "item 18446744073709551615 (expected: below 2^63)", open(false), items(0, -1));
        assertInvalid(
                "item 18446744073709551615 (expected: below 2^63)",
                open(false),
                chunk(-1, 1, 0)); // no first one either
    }

    private static void assertInvalid(String text, WorkRequest... messages) {
        assertEnds(Kind.INVALID, text, TestStream.of(List.of(messages), Opening.AT_ONCE));
    }

    private static void assertEnds(Kind kind, String text, TestStream stream) {
        CallException why = stream.failure();
        assertNotNull(why, text);
        assertEquals(text, why.getMessage());
        assertEquals(kind, why.kind());
    }

    static WorkRequest open(boolean isKeyed) {
        return WorkRequest.newBuilder()
                .setOpen(
                        OpenWork.newBuilder()
                                .setProtocol(1)
                                .setGroup(ByteString.copyFrom(new byte[16]))
                                .setConfiguration(ByteString.copyFromUtf8("null"))
                                .setKeyed(isKeyed))
                .build();
    }

    private static WorkRequest items(long... sequences) {
        Items.Builder frame = Items.newBuilder();
        for (long sequence : sequences) {
            frame.addSequences(sequence).addSizes(0);
        }
        return WorkRequest.newBuilder().setItems(frame).build();
    }

    /// Of two bytes.
    private static WorkRequest chunk(long sequence, int offset, long key) {
        return WorkRequest.newBuilder()
                .setChunk(
                        Chunk.newBuilder()
                                .setSequence(sequence)
                                .setSize(2)
                                .setOffset(offset)
                                .setData(ByteString.copyFromUtf8("."))
                                .setKey(key))
                .build();
    }
}
