package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
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
}
