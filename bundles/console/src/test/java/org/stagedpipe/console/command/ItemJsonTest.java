package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Whatever an item or a result is, it has a line.
class ItemJsonTest {

    @Test
    void aValueAsDeepAsAWorkerReadsHasALine() throws IOException {
        for (int depth : new int[] {1, 998, 999, 1_000}) {
            String deep = "[".repeat(depth) + "]".repeat(depth);
            assertEquals("{\"result\":" + deep + "}", line(deep));
        }
        assertTrue(line("[".repeat(1_001) + "]".repeat(1_001)).startsWith("{\"base64\":\"W1tb"));
    }

    @Test
    void whatIsNotOneValueIsShownAsBytes() throws IOException {
        assertEquals("{\"base64\":\"MSAy\"}", line("1 2"));
        assertEquals("{\"base64\":\"\"}", line(""));
    }

    private static String line(String result) throws IOException {
        ObjectNode line = ItemJson.line();
        ItemJson.put(line, "result", result.getBytes(StandardCharsets.UTF_8));
        return new String(ItemJson.bytes(line), StandardCharsets.UTF_8);
    }
}
