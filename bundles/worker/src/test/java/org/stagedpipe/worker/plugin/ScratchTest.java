package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;

class ScratchTest {

    @Test
    void givesBackWhatWasWrittenInPiecesOfAnySize() throws IOException {
        Random random = new Random(7);
        Scratch scratch = new Scratch();
        for (int result = 0; result < 30; result++) {
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            scratch.forget();
            for (int piece = random.nextInt(5); piece >= 0; piece--) {
                byte[] bytes = new byte[2 + random.nextInt(40_000)];
                random.nextBytes(bytes);
                scratch.write(bytes, 1, bytes.length - 2);
                scratch.write(bytes[0]);
                expected.write(bytes, 1, bytes.length - 2);
                expected.write(bytes[0]);
            }
            assertEquals(expected.size(), scratch.size());
            assertArrayEquals(expected.toByteArray(), scratch.bytes().toByteArray());
            assertEquals(0, scratch.size(), "a large result would stay with its thread");
        }
    }

    /// A codec may keep what it wrote to, and the thread has the result of somebody else by then.
    @Test
    void whoHasHadItForAResultHasItNoLonger() throws IOException {
        Scratch scratch = new Scratch();
        LentScratch lent = new LentScratch(scratch);
        lent.write(1);
        lent.write(new byte[] {2, 3}, 0, 2);
        lent.write(ByteString.copyFrom(new byte[] {4}));
        lent.close();
        assertArrayEquals(new byte[] {1, 2, 3, 4}, scratch.bytes().toByteArray());
        assertThrows(IOException.class, () -> lent.write(5));
        assertThrows(IOException.class, () -> lent.write(new byte[1], 0, 1));
        assertThrows(IOException.class, () -> lent.write(ByteString.EMPTY));
        assertEquals(0, scratch.size());
    }

    @Test
    void takesWhatItIsGivenAsItIsNow() throws IOException {
        Scratch scratch = new Scratch();
        byte[] large = new byte[20_000];
        scratch.forget();
        scratch.write(large, 0, large.length);
        large[5] = 1; // the codec's buffer for the next piece
        assertEquals(0, scratch.bytes().byteAt(5));
    }

    @Test
    void refusesMoreThanAnAnswerMayHaveBeforeItIsCopied() throws IOException {
        Scratch scratch = new Scratch();
        byte[] megabyte = new byte[1 << 20];
        for (int i = 0; i < 100; i++) {
            scratch.write(megabyte);
        }
        IOException refused = assertThrows(IOException.class, () -> scratch.write(1));
        assertEquals(
                "result of more than 104857600 bytes (expected: at most that)",
                refused.getMessage());
        assertEquals(104_857_600, scratch.size());
        assertThrows(IOException.class, scratch::bytes, "a codec may take no notice");
        scratch.forget();
        assertEquals(0, scratch.size());
        assertThrows(IOException.class, () -> scratch.write(megabyte, 0, Integer.MAX_VALUE));
    }
}
