package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.util.Random;

class ScratchTest {

    @Test
    void givesBackWhatWasWrittenInPiecesOfAnySize() {
        Random random = new Random(7);
        Scratch scratch = new Scratch();
        for (int result = 0; result < 30; result++) {
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            scratch.begin();
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

    @Test
    void takesWhatItIsGivenAsItIsNow() {
        Scratch scratch = new Scratch();
        byte[] large = new byte[20_000];
        scratch.begin();
        scratch.write(large, 0, large.length);
        large[5] = 1; // the codec's buffer for the next piece
        assertEquals(0, scratch.bytes().byteAt(5));
    }
}
