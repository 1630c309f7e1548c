package org.stagedpipe.worker.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonProperty;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Codec;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/// Plain records have the JSON that all types have: whatever the fast way answers, the other one answers, too.
class PlainCodecTest {

    record Inner(double x, @Nullable Boolean open) {}

    record Outer(
            long id,
            int count,
            boolean valid,
            double share,
            @Nullable String name,
            @Nullable Inner inner,
            @Nullable Double most,
            @Nullable Long next,
            @Nullable Integer small) {}

    record Checked(int positive) {
        Checked {
            if (positive < 1) {
                throw new IllegalArgumentException("positive: " + positive);
            }
        }
    }

    record Renamed(@JsonProperty("other") int name) {}

    record WithGetter(int width) {
        public int getArea() {
            return width * width;
        }
    }

    record Odd(int isOdd) {}

    record Many(List<String> texts) {}

    record Generic<T>(T value) {}

    record Node(@Nullable Node next) {}

    record Nothing() {}

    interface Named {
        @JsonProperty("title")
        String name();
    }

    record Titled(String name) implements Named {}

    private static final List<String> PIECES =
            List.of(
                    "{",
                    "}",
                    "[",
                    "]",
                    ",",
                    ":",
                    "\"",
                    "\\",
                    "\"id\"",
                    "\"name\":",
                    "null",
                    "true",
                    "false",
                    "0",
                    "1",
                    "-",
                    "-0",
                    "01",
                    "1.5",
                    "1e3",
                    ".",
                    "e",
                    " ",
                    "\n",
                    "ä",
                    "€",
                    "😀",
                    "\\u0041",
                    "\\n",
                    "\u0001",
                    "\uFFFD",
                    "9007199254740993",
                    "123456789012345678901",
                    "0.1",
                    "1.0E-5",
                    "1e999",
                    "E+",
                    "0.12345678901234567890");

    private final Json json = new Json(PlainCodecTest.class.getClassLoader());
    private final PlainRecord type = Objects.requireNonNull(PlainRecord.of(Outer.class));
    private final Codec<Outer> plain = json.data(Outer.class);
    private final Codec<Outer> other = json.any(Outer.class);

    @Test
    void takesPlainRecordsOnly() {
        assertNotNull(PlainRecord.of(Checked.class));
        for (Class<?> not :
                List.of(
                        Renamed.class,
                        WithGetter.class,
                        Odd.class,
                        Many.class,
                        Generic.class,
                        Node.class,
                        Nothing.class,
                        Titled.class,
                        String.class,
                        int.class)) {
            assertNull(PlainRecord.of(not), not::toString);
        }
    }

    @Test
    void readsAndWritesWhatIsUsual() throws IOException {
        Outer value =
                new Outer(
                        -7,
                        42,
                        true,
                        21.625,
                        "Zoë,\n\"floor\" 3\\",
                        new Inner(-0.5, null),
                        1e300,
                        5L,
                        -3);
        byte[] text = written(other, value);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertTrue(new PlainWriter(1_000).write(type, value, out));
        assertEquals(utf8(text), utf8(out.toByteArray()));
        Outer small =
                new Outer(-7, 42, true, 21.625, "Zoë\t\\\"", new Inner(-0.5, true), 4e30, 5L, -3);
        assertEquals(small, PlainReader.read(type, written(other, small)));
        assertFalse(new PlainWriter(40).write(type, value, out), "longer than it may be");
    }

    @Test
    void readsWhatTheOtherOneReads() {
        Random random = new Random(11);
        int read = 0;
        for (int i = 0; i < 1_500; i++) {
            byte[] text = mutated(random);
            Object here = PlainReader.read(type, text);
            if (here != null) {
                read++;
                assertEquals(outcome(other, text), outcome(plain, text), () -> utf8(text));
                assertEquals(outcome(other, text), here.toString(), () -> utf8(text));
            }
        }
        assertTrue(read > 100, "read " + read);
    }

    @Test
    void leavesWhatIsNoUtf8ToTheOtherOne() {
        for (String broken : List.of("\u00C3(", "\u0080", "\u00ED\u00A0\u0080", "\u00C0\u0080")) {
            byte[] text =
                    ("{\"id\":1,\"count\":2,\"valid\":true,\"share\":0.5,\"name\":\""
                                    + broken
                                    + "\"}")
                            .getBytes(StandardCharsets.ISO_8859_1);
            assertNull(PlainReader.read(type, text));
            assertEquals(outcome(other, text), outcome(plain, text));
        }
    }

    @Test
    void writesWhatTheOtherOneWrites() throws IOException {
        Random random = new Random(12);
        for (int i = 0; i < 700; i++) {
            Outer value = value(random);
            assertEquals(utf8(written(other, value)), utf8(written(plain, value)));
        }
    }

    @Test
    void saysWhatIsWrongAsForEveryType() {
        Codec<Checked> checked = json.data(Checked.class);
        for (String text :
                List.of("", "{", "null", "{\"positive\":0}", "{\"positive\":\"x\"}", "{} {}")) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            assertEquals(outcome(json.any(Checked.class), bytes), outcome(checked, bytes));
        }
    }

    private byte[] mutated(Random random) {
        try {
            StringBuilder text = new StringBuilder(utf8(written(other, value(random))));
            for (int changes = random.nextInt(3); changes > 0; changes--) {
                int at = random.nextInt(text.length() + 1);
                int end = Math.min(text.length(), at + random.nextInt(3));
                text.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            if (random.nextInt(4) == 0 && bytes.length > 0) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            return bytes;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Outer value(Random random) {
        return new Outer(
                random.nextLong() >> random.nextInt(64),
                random.nextInt() >> random.nextInt(32),
                random.nextBoolean(),
                number(random),
                random.nextInt(4) == 0 ? null : text(random),
                random.nextInt(4) == 0 ? null : new Inner(number(random), random.nextBoolean()),
                random.nextInt(4) == 0 ? null : number(random),
                random.nextInt(4) == 0 ? null : random.nextLong(1_000),
                random.nextInt(4) == 0 ? null : random.nextInt());
    }

    private static double number(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> random.nextInt(1_000) / 100.0;
            case 1 -> random.nextInt();
            case 2 -> Double.longBitsToDouble(random.nextLong());
            case 3 -> -random.nextDouble();
            default -> 0;
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append(
                    random.nextInt(3) == 0 ? PIECES.get(random.nextInt(PIECES.size())) : "usual");
        }
        return text.toString();
    }

    private static <T> byte[] written(Codec<T> codec, T value) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        codec.encode(value, out);
        return out.toByteArray();
    }

    private static String outcome(Codec<?> codec, byte[] text) {
        try {
            return String.valueOf(codec.decode(new ByteArrayInputStream(text)));
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
