package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.Items;

/// Which items a frame's losses convict.
final class FrameTest {

    private static final ByteString PROCESS = ByteString.copyFromUtf8("w1-1");

    @Test
    void aFrameOfManyIsTakenApartBeforeAnyOfItIsConvicted() {
        Frame frame = frame(2);
        lose(frame, Limits.LOSSES_OF_POISON - 2);
        frame.orphan(PROCESS, Loss.DEATH);
        assertFalse(frame.hasSuspect());
        frame.survived(PROCESS); // while another worker has it already
        lose(frame, 1);
        assertFalse(frame.isLostTooOften());
        assertTrue(frame.hasSuspect());
        assertFalse(frame.isSuspect()); // before it is taken apart
        assertTrue(frame.single(1).isLostTooOften());
        assertTrue(frame.single(1).isSuspect());
    }

    @Test
    void theLastOpenItemIsAlone() {
        Frame frame = frame(2);
        frame.answer(0, 1);
        lose(frame, Limits.LOSSES_OF_POISON);
        assertTrue(frame.isLostTooOften());
        assertEquals("30 times the worker that ran this item was lost", frame.verdict());
    }

    private static void lose(Frame frame, int times) {
        for (int i = 0; i < times; i++) {
            frame.orphan(PROCESS, Loss.OTHER);
        }
    }

    private static Frame frame(int items) {
        Items.Builder frame = Items.newBuilder();
        for (int i = 0; i < items; i++) {
            frame.addSequences(i).addSizes(1);
        }
        return Frame.of(frame.setBody(ByteString.copyFrom(new byte[items])).build());
    }
}
