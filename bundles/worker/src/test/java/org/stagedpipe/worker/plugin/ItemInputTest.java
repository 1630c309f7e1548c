package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;

class ItemInputTest {

    private final byte[] bytes = new byte[1_000];

    ItemInputTest() {
        new Random(3).nextBytes(bytes);
    }

    @Test
    void givesAllBytesOfAnItemThatCameInChunks() throws IOException {
        try (ItemInput in = input()) {
            assertEquals(1_000, in.available());
            assertArrayEquals(bytes, in.readAllBytes());
            assertEquals(-1, in.read());
            assertEquals(0, in.readAllBytes().length);
        }
    }

    @Test
    void givesTheRestAfterTheFirstBytes() throws IOException {
        try (ItemInput in = input()) {
            assertEquals(bytes[0], (byte) in.read());
            assertArrayEquals(Arrays.copyOfRange(bytes, 1, 11), in.readNBytes(10));
            assertEquals(9, in.skip(9));
            assertArrayEquals(Arrays.copyOfRange(bytes, 20, 1_000), in.readAllBytes());
        }
    }

    private ItemInput input() {
        return new ItemInput(
                ByteString.copyFrom(bytes, 0, 300).concat(ByteString.copyFrom(bytes, 300, 700)));
    }
}
