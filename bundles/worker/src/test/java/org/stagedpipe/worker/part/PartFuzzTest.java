package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.worker.part.PartState.Event;

import java.io.ByteArrayInputStream;
import java.io.IOException;

/// Whatever a coordinator sends, and in whatever order things happen to a part.
///
/// The first input is messages as they follow each other on a stream, each with its length before it.
class PartFuzzTest {

    @FuzzTest(maxDuration = "1m")
    void theAssembler(byte[] stream) throws IOException {
        Assembler assembler = new Assembler();
        ByteArrayInputStream in = new ByteArrayInputStream(stream);
        ByteString sent = ByteString.EMPTY;
        try {
            for (WorkRequest next = WorkRequest.parseDelimitedFrom(in);
                    next != null;
                    next = WorkRequest.parseDelimitedFrom(in)) {
                Chunk chunk = next.getChunk();
                sent = (assembler.isBusy() ? sent : ByteString.EMPTY).concat(chunk.getData());
                @Nullable ByteString whole = assembler.take(chunk);
                assertEquals(whole == null, assembler.isBusy());
                assertTrue(sent.size() <= chunk.getSize(), "not beyond its size");
                if (whole != null) {
                    assertEquals(sent, whole);
                    assertEquals(chunk.getSize(), whole.size());
                }
            }
        } catch (CallException e) {
            assertEquals(CallException.Kind.INVALID, e.kind());
            assertTrue(e.getMessage().contains("(expected: "), e.getMessage());
        } catch (InvalidProtocolBufferException e) {
            return; // gRPC refuses that before anybody sees it
        }
    }

    /// What was opened is closed, once: nothing else may keep a plugin's resources.
    @FuzzTest(maxDuration = "1m")
    void theStates(FuzzedDataProvider data) {
        PartState state = PartState.NEW;
        boolean holdsResources = false;
        while (data.remainingBytes() > 0) {
            Event event = data.pickValue(Event.values());
            PartState next = state.after(event);
            if (next == state) {
                continue;
            }
            if (event == Event.OPENED) {
                holdsResources = true;
            }
            if (event == Event.DONE) {
                assertTrue(holdsResources, "closes what is open");
                holdsResources = false;
            }
            state = next;
        }
        if (state == PartState.CLOSED) {
            assertTrue(!holdsResources, "over, and its resources are open");
        }
    }
}
