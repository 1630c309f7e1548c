package org.stagedpipe.worker.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Codec;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

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

    private record Access(int port, String password, List<Integer> numbers) {

        private Access {
            if (port < 0) {
                throw new IllegalArgumentException("port: negative (expected: none, or more)");
            }
        }
    }

    @Test
    void aTextAboutAConfigurationShowsNothingOfItsValues() {
        assertSecretive("port: cannot be read as int", "{\"port\":\"hunter2\"}");
        assertSecretive("password: cannot be read as String", "{\"password\":{\"x\":\"hunter2\"}}");
        assertSecretive("numbers[1]: cannot be read as Integer", "{\"numbers\":[1,\"hunter2\"]}");
        assertSecretive("not JSON", "{\"password\":hunter2}");
        assertSecretive("not JSON", "hunter2");
        assertSecretive("cannot be read as Access", "\"hunter2\"");
        assertSecretive("port: negative (expected: none, or more)", "{\"port\":-1}");
        assertSecretive("unknown key \"pass\" (expected: one of", "{\"pass\":\"hunter2\"}");
    }

    private static void assertSecretive(String text, String configuration) {
        Codec<Access> codec =
                new Json(JsonTest.class.getClassLoader(), 100_000).configuration(Access.class);
        byte[] bytes = configuration.getBytes(StandardCharsets.UTF_8);
        IOException refused =
                assertThrows(
                        IOException.class, () -> codec.decode(new ByteArrayInputStream(bytes)));
        StringWriter trace = new StringWriter();
        refused.printStackTrace(new PrintWriter(trace));
        assertTrue(String.valueOf(refused.getMessage()).startsWith(text), refused.getMessage());
        assertFalse(trace.toString().contains("hunter2"), trace.toString());
    }

    private record Measured(double value) {}

    @Test
    void readsNumbersAsTheLanguageDoes() throws IOException {
        Codec<Measured> measured =
                new Json(JsonTest.class.getClassLoader(), 100_000).data(Measured.class);
        for (String number :
                List.of(
                        "0.1",
                        "-0.0",
                        "1e23",
                        "4.9e-324",
                        "2.2250738585072011e-308",
                        "9007199254740993.0",
                        "1.7976931348623159e308",
                        "0.1000000000000000055511151231257827021181583404541015625")) {
            byte[] json = ("{\"value\":" + number + "}").getBytes(StandardCharsets.UTF_8);
            assertEquals(
                    Double.parseDouble(number),
                    measured.decode(new ByteArrayInputStream(json)).value(),
                    number);
        }
    }

    private Line read(String text) throws IOException {
        byte[] json = ("{\"text\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8);
        return codec.decode(new ByteArrayInputStream(json));
    }
}
