package org.stagedpipe.worker.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Secret;
import org.stagedpipe.worker.secret.GroupSecrets;
import org.stagedpipe.worker.secret.Secrets;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

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
        IOException refused =
                assertThrows(
                        IOException.class,
                        () -> read(Access.class, configuration, new Secrets(null).ofGroup()));
        StringWriter trace = new StringWriter();
        refused.printStackTrace(new PrintWriter(trace));
        assertTrue(String.valueOf(refused.getMessage()).startsWith(text), refused.getMessage());
        assertFalse(trace.toString().contains("hunter2"), trace.toString());
    }

    private static <T> T read(Class<T> type, String configuration, GroupSecrets secrets)
            throws IOException {
        ConfigurationReader<T> reader =
                new Json(JsonTest.class.getClassLoader(), 100_000).configuration(type);
        byte[] bytes = configuration.getBytes(StandardCharsets.UTF_8);
        return reader.read(new ByteArrayInputStream(bytes), secrets);
    }

    private record Login(
            String user, Secret password, List<Secret> more, Map<String, Secret> byName) {

        private Login {
            if ("root".equals(user)) {
                throw new IllegalArgumentException(
                        "x".repeat(196) + password.reveal() + " (expected: another user)");
            }
        }
    }

    @TempDir Path folder;

    @Test
    void aSecretIsATextOrTheNameOfOneOfTheWorkers() throws IOException {
        Path own = Files.createDirectory(folder.resolve("plug"));
        Files.writeString(own.resolve("db-password"), "hunter2\n");
        GroupSecrets secrets = new Secrets(folder).ofGroup();
        secrets.plugin("plug");
        Login login =
                read(
                        Login.class,
                        "{\"user\":\"sa\",\"password\":{\"$secret\":\"db-password\"},"
                                + "\"more\":[\"one-more\",null],"
                                + "\"byName\":{\"x\":{\"$secret\":\"db-password\"}}}",
                        secrets);
        assertEquals("hunter2", login.password().reveal());
        assertEquals("one-more", login.more().getFirst().reveal());
        assertEquals(Secret.of("hunter2"), login.byName().get("x"));
        assertEquals(
                "Login[user=sa, password=secret, more=[secret, null], byName={x=secret}]",
                login.toString());
        assertEquals("not (secret), not (secret)", secrets.redacted("not hunter2, not one-more"));
    }

    @Test
    void whatIsNoSecretOrNotHereIsRefusedInWords() {
        assertNoSecret(
                "password: secret \"db-password\": none is known by a name here (expected: a"
                        + " folder of them in a worker's settings) at line 1, column ",
                "{\"$secret\":\"db-password\"}");
        String shape =
                "password: no secret (expected: a text, or {\"$secret\": \"NAME\"}) at line 1";
        assertNoSecret(shape, "4711");
        assertNoSecret(shape, "[\"hunter2\"]");
        assertNoSecret(shape, "{}");
        assertNoSecret(shape, "{\"secret\":\"hunter2\"}");
        assertNoSecret(shape, "{\"$secret\":4711}");
        assertNoSecret(shape, "{\"$secret\":\"x\",\"more\":\"hunter2\"}");
        assertNoSecret(
                "password: no name of a secret (expected: letters, digits, ",
                "{\"$secret\":\"hunter2!\"}");
        assertNoSecret("password: cannot be read at line 1", "{\"$secret\":");
    }

    private static void assertNoSecret(String text, String password) {
        IOException refused =
                assertThrows(
                        IOException.class,
                        () ->
                                read(
                                        Login.class,
                                        "{\"password\":" + password + "}",
                                        new Secrets(null).ofGroup()));
        String said = String.valueOf(refused.getMessage());
        assertTrue(said.startsWith(text), said);
        assertFalse(said.contains("hunter2"), said);
    }

    @Test
    void aPlainTextIsNoPlaceForAReference() {
        assertSecretive(
                "password: cannot be read as String", "{\"password\":{\"$secret\":\"hunter2\"}}");
    }

    @Test
    void aRecordsOwnTextShowsNoSecretNotEvenCut() {
        IOException refused =
                assertThrows(
                        IOException.class,
                        () ->
                                read(
                                        Login.class,
                                        "{\"user\":\"root\",\"password\":\"hunter2\"}",
                                        new Secrets(null).ofGroup()));
        assertFalse(String.valueOf(refused.getMessage()).contains("hunt"), refused.getMessage());
    }

    private record Confided(Secret secret) {}

    @Test
    void itemsHaveNoSecrets() throws IOException {
        Codec<Confided> confided =
                new Json(JsonTest.class.getClassLoader(), 100_000).data(Confided.class);
        byte[] json = "{\"secret\":\"hunter2\"}".getBytes(StandardCharsets.UTF_8);
        IOException unread =
                assertThrows(
                        IOException.class, () -> confided.decode(new ByteArrayInputStream(json)));
        assertTrue(
                String.valueOf(unread.getMessage())
                        .startsWith(
                                "secret: a secret (expected: in a group's configuration, nowhere"
                                        + " else)"),
                unread.getMessage());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        IOException unwritten =
                assertThrows(
                        IOException.class,
                        () -> confided.encode(new Confided(Secret.of("hunter2")), out));
        assertEquals(
                "secret: a secret is never written (expected: data without one)",
                unwritten.getMessage());
        assertFalse(out.toString(StandardCharsets.UTF_8).contains("hunter2"));
    }

    private record Talkative(String text) {

        @Override
        public String text() {
            throw new IllegalStateException("x".repeat(190) + "canary-of-the-worker");
        }
    }

    /// Who cuts it first may leave half of a secret, which nobody finds.
    @Test
    void whatAPluginSaysOfItsDataIsCutByWhoKnowsItsSecrets() {
        Codec<Talkative> talkative =
                new Json(JsonTest.class.getClassLoader(), 100_000).data(Talkative.class);
        IOException refused =
                assertThrows(
                        IOException.class,
                        () -> talkative.encode(new Talkative(""), OutputStream.nullOutputStream()));
        String text = String.valueOf(refused.getMessage());
        assertTrue(text.contains("canary-of-the-worker"), text);
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
                        "1.7976931348623157e308",
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
