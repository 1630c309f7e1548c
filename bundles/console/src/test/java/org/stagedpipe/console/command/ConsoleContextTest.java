package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// What others say reaches a terminal as text, and a program as it is.
class ConsoleContextTest {

    /// Escape, the same in one character, delete, an end of a line, one that turns the direction; and text.
    private static final String SAID = "\u001b[2J\u009b2J\u007f\u2028\u202e\u00e9\u4e16";

    private static final String ESCAPED = "\\u001B[2J\\u009B2J\\u007F\\u2028\\u202E\u00e9\u4e16";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final ConsoleContext context =
            new ConsoleContext(
                    ConsoleIo.plain(
                            InputStream.nullInputStream(),
                            new PrintStream(out, true, StandardCharsets.US_ASCII), // LANG=C
                            new PrintStream(err, true, StandardCharsets.UTF_8)),
                    new GlobalOptions(),
                    Defaults.local());

    @Test
    void jsonIsUtf8WithoutWhatATerminalObeys() throws Exception {
        context.printJsonLine(Map.of(SAID, SAID));
        String text = out.toString(StandardCharsets.UTF_8);
        assertEquals("{\"" + ESCAPED + "\":\"" + ESCAPED + "\"}\n", text);
        assertEquals(SAID, new ObjectMapper().readTree(text).get(SAID).asText());
        out.reset();
        context.printJson(Map.of("a", SAID));
        assertEquals("{\n  \"a\" : \"" + ESCAPED + "\"\n}\n", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void soAreItems() throws Exception {
        ObjectNode line = ItemJson.line().put("text", SAID);
        ItemJson.put(
                line, "item", ("{\"\u009b\":\"\u009b\u00e9\"}").getBytes(StandardCharsets.UTF_8));
        assertEquals(
                "{\"text\":\"" + ESCAPED + "\",\"item\":{\"\\u009B\":\"\\u009B\u00e9\"}}",
                new String(ItemJson.bytes(line), StandardCharsets.UTF_8));
    }

    @Test
    void warningsAreLines() {
        context.warn("a\n" + SAID);
        context.note("\u009b");
        assertEquals("a??[2J?2J???\u00e9\u4e16\n?\n", err.toString(StandardCharsets.UTF_8));
    }
}
