package org.stagedpipe.worker.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Codec;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// What JSON a worker takes.
class JsonTest {

    private record Line(String text) {}

    private final Codec<Line> codec =
            new Json(JsonTest.class.getClassLoader(), 100_000).data(Line.class);

    @Test
    void aTextThatTheHeapMayNotBearIsRefusedInWords() throws IOException {
        String longest = "x".repeat(100_000);
        assertEquals(longest, read(longest).text());
        IOException refused = assertThrows(IOException.class, () -> read(longest + "x"));
        assertEquals(
                "text: String value length (100001) exceeds the maximum allowed (100000)",
                refused.getMessage());
    }

    private Line read(String text) throws IOException {
        byte[] json = ("{\"text\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8);
        return codec.decode(new ByteArrayInputStream(json));
    }
}
