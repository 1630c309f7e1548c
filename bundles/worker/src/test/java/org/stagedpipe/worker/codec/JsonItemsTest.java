package org.stagedpipe.worker.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Codec;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.YearMonth;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.Collection;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// What becomes of an item's values on their way from JSON and back: all of it, or a fault.
class JsonItemsTest {

    private static final List<Type> WHOLE =
            List.of(
                    byte.class,
                    Byte.class,
                    short.class,
                    Short.class,
                    int.class,
                    Integer.class,
                    long.class,
                    Long.class,
                    BigInteger.class,
                    AtomicInteger.class,
                    AtomicLong.class,
                    OptionalInt.class,
                    OptionalLong.class);

    @Test
    void aNumberThatIsNotWholeBecomesNone() throws IOException {
        for (Type type : WHOLE) {
            for (String number : List.of("1.5", "-0.001", "15e-1")) {
                assertTrue(
                        refusal(type, number)
                                .startsWith(number + " (expected: a whole number) at column"),
                        type + ": " + refusal(type, number));
            }
            for (String number : List.of("2", "2.0", "2.000", "0.2e1", "20e-1")) {
                String read = String.valueOf(read(type, number));
                assertEquals("2", read.replaceAll("\\D", ""), type + ": " + read);
            }
        }
    }

    @Test
    void neitherInAnArray() throws IOException {
        assertArrayEquals(new int[] {1, 2, 3}, (int[]) read(int[].class, "[1, 2.0, 0.3e1]"));
        assertArrayEquals(new long[] {1, 2, 3}, (long[]) read(long[].class, "[1, 2.0, 0.3e1]"));
        assertArrayEquals(new short[] {1, 2, 3}, (short[]) read(short[].class, "[1, 2.0, 0.3e1]"));
        assertArrayEquals(new byte[] {1, 2, 3}, (byte[]) read(byte[].class, "[1, 2.0, 0.3e1]"));
        assertArrayEquals(new byte[] {1, 2, 3}, (byte[]) read(byte[].class, "\"AQID\""));
        assertArrayEquals(new int[][] {{1}, {2}}, (int[][]) read(int[][].class, "[[1], [2.0]]"));
        assertEquals(
                List.of(1, 2), read(new TypeReference<List<Integer>>() {}.getType(), "[1, 2.0]"));
        for (Type type :
                List.of(
                        int[].class,
                        long[].class,
                        short[].class,
                        byte[].class,
                        Integer[].class,
                        new TypeReference<List<Long>>() {}.getType())) {
            String refusal = refusal(type, "[1, 1.5]");
            assertTrue(
                    refusal.contains("1.5 (expected: a whole number) at column"),
                    type + ": " + refusal);
        }
    }

    @Test
    void aWholeNumberIsExactOrRefused() throws IOException {
        assertEquals(9_007_199_254_740_993L, read(long.class, "9007199254740993.0"));
        assertEquals(Long.MIN_VALUE, read(long.class, "-9223372036854775808.0"));
        assertEquals(
                new BigInteger("9007199254740993"), read(BigInteger.class, "9007199254740993.0"));
        assertTrue(
                refusal(long.class, "9223372036854775808.0")
                        .startsWith(
                                "9223372036854775808.0 (expected: a whole number from"
                                        + " -9223372036854775808 to 9223372036854775807)"));
        assertTrue(
                refusal(byte.class, "1e3")
                        .startsWith("1e3 (expected: a whole number from -128 to 127)"));
        assertTrue(refusal(int.class, "1e999999999").startsWith("1e999999999 (expected: a whole"));
        assertTrue(refusal(BigInteger.class, "1e999999999").contains("exceeds the maximum"));
        assertTrue(refusal(int.class, "3000000000").contains("out of range of int"));
    }

    @Test
    void aByteIsNoNumberThatHasItsBits() throws IOException {
        assertEquals((byte) -128, read(byte.class, "-128"));
        for (Type type : List.of(byte.class, Byte.class)) {
            assertTrue(
                    refusal(type, "200")
                            .startsWith("200 (expected: a whole number from -128 to 127)"),
                    refusal(type, "200"));
        }
        assertEquals((byte) 5, read(byte.class, "\"5\""));
        assertTrue(refusal(byte.class, "\"200\"").startsWith("200 (expected: a whole number"));
        assertTrue(refusal(byte[].class, "[1, 200]").contains("200 (expected: a whole number"));
        assertTrue(refusal(short.class, "40000").startsWith("40000 (expected: a whole number"));
    }

    @Test
    void noNumberIsInfinite() throws IOException {
        assertEquals(1e308, read(double.class, "1e308"));
        assertEquals(Double.POSITIVE_INFINITY, read(double.class, "\"Infinity\""));
        assertTrue(
                refusal(double.class, "1e400")
                        .startsWith("1e400 (expected: at most 1.7976931348623157E308)"));
        assertTrue(
                refusal(Float.class, "-1e40").startsWith("-1e40 (expected: at most 3.4028235E38)"),
                refusal(Float.class, "-1e40"));
        assertTrue(refusal(double.class, "\"1e400\"").startsWith("1e400 (expected: at most"));
        assertTrue(refusal(OptionalDouble.class, "1e400").startsWith("1e400 (expected: at most"));
        assertEquals(OptionalDouble.of(2.5), read(OptionalDouble.class, "2.5"));
        for (Type type : List.of(int.class, BigInteger.class, BigDecimal.class, Instant.class)) {
            assertTrue(
                    refusal(type, "1e99999999999").startsWith("1e99999999999 (expected: a "),
                    refusal(type, "1e99999999999"));
        }
        for (Type type : List.of(Object.class, Map.class, JsonNode.class, ObjectNode.class)) {
            assertTrue(
                    refusal(type, "{\"a\":[1,{\"b\":1e400}]}").contains("1e400 (expected: at most"),
                    refusal(type, "{\"a\":[1,{\"b\":1e400}]}"));
            assertReturns(type, "{\"a\":[1,{\"b\":2.5}],\"c\":null}");
        }
        assertTrue(refusal(ArrayNode.class, "[1, 1e400]").contains("1e400 (expected: at most"));
        assertTrue(refusal(double[].class, "[1, 1e400]").contains("1e400 (expected: at most"));
        assertTrue(refusal(float[].class, "[1, 1e40]").contains("1e40 (expected: at most"));
        assertArrayEquals(new double[] {1, 2.5}, (double[]) read(double[].class, "[1, 2.5]"));
    }

    @Test
    void aNumberIsNeitherTrueNorFalse() throws IOException {
        assertEquals(true, read(boolean.class, "true"));
        for (String number : List.of("0", "1", "2")) {
            assertTrue(
                    refusal(boolean.class, number).startsWith(number + " (expected: boolean)"),
                    refusal(boolean.class, number));
        }
    }

    @Test
    void saysInWordsWhatIsThereInsteadOfWhat() {
        String[][] texts = {
            {"{\"pieces\":\"abc\"}", "pieces: \"abc\" (expected: int) at column 11"},
            {"{\"pieces\":[1]}", "pieces: an array (expected: int) at column 11"},
            {"{\"pieces\":{}}", "pieces: an object (expected: int) at column 11"},
            {"[]", "an array (expected: Order) at column 1"},
            {"5", "a number (expected: Order) at column 1"},
            {"\"x\"", "a text (expected: Order) at column 1"},
            {"{\"pieces\":NaN}", "Non-standard token 'NaN' at column 14"},
            {
                "{\"pieces\":1",
                "Unexpected end-of-input: expected close marker for Object at column 12"
            },
        };
        for (String[] text : texts) {
            assertEquals(text[1], refusal(Order.class, text[0]));
        }
        assertTrue(refusal(Instant.class, "true").startsWith("true (expected: Instant)"));
        assertTrue(
                refusal(Colour.class, "\"PINK\"")
                        .startsWith("\"PINK\" (expected: one of RED, BLUE)"));
    }

    @Test
    void saysItsSettingsAndClassesToNobody() {
        assertEquals(
                "a number after the value (expected: nothing) at column 4",
                refusal(Order.class, "{} 5"));
        String none = refusal(Order.class, " \t");
        assertTrue(none.startsWith("no value (expected: JSON)"), none);
    }

    @Test
    void aTimeIsNoArray() throws IOException {
        String[] types = {"[2024,1,1]", "[2024,1,1,12,0]", "[12,30]", "[2024,1]"};
        Class<?>[] times = {LocalDate.class, LocalDateTime.class, LocalTime.class, YearMonth.class};
        for (int i = 0; i < times.length; i++) {
            String said = refusal(times[i], types[i]);
            assertTrue(said.startsWith("an array (expected: a "), said);
        }
        assertEquals(LocalTime.of(12, 30), read(LocalTime.class, "\"12:30\""));
        assertEquals(YearMonth.of(2024, 1), read(YearMonth.class, "\"2024-01\""));
        assertEquals(MonthDay.of(2, 1), read(MonthDay.class, "\"--02-01\""));
        assertReturns(OffsetTime.class, "\"12:30+01:00\"");
    }

    @Test
    void whatIsNoUtf8IsRefused() throws IOException {
        for (String text : List.of("/", "é", "ࠀ", "퟿", "�", "𐀀", "\uDBFF\uDFFF")) {
            for (String before : List.of("", "x".repeat(6), "x".repeat(7_998))) {
                assertEquals(before + text, read(String.class, '"' + before + text + '"'));
            }
        }
        int[][] wrong = {
            {0xc0, 0xaf},
            {0xc1, 0xbf},
            {0xe0, 0x9f, 0xbf},
            {0xed, 0xa0, 0x80},
            {0xf0, 0x8f, 0xbf, 0xbf},
            {0xf4, 0x90, 0x80, 0x80},
            {0xf5, 0x80, 0x80, 0x80}
        };
        for (int[] bytes : wrong) {
            for (int before : new int[] {0, 6, 7_998, 7_999}) { // Jackson reads 8,000 at a time
                ByteArrayOutputStream item = new ByteArrayOutputStream();
                item.writeBytes(("\"" + "x".repeat(before)).getBytes(StandardCharsets.UTF_8));
                for (int next : bytes) {
                    item.write(next);
                }
                item.write('"');
                IOException refused =
                        assertThrows(
                                IOException.class,
                                () ->
                                        codec(String.class)
                                                .decode(
                                                        new ByteArrayInputStream(
                                                                item.toByteArray())));
                assertTrue(
                        String.valueOf(refused.getMessage()).startsWith("not UTF-8: byte 0x"),
                        "" + refused);
            }
        }
    }

    @Test
    void anEmptyTextIsNoNumberAndNoTime() throws IOException {
        assertEquals("", read(String.class, "\"\""));
        assertReturns(URI.class, "\"\"");
        assertReturns(Locale.class, "\"\"");
        for (Type type :
                List.of(
                        int.class,
                        Integer.class,
                        double.class,
                        boolean.class,
                        Instant.class,
                        LocalDate.class,
                        OptionalInt.class)) {
            assertTrue(refusal(type, "\"\"").startsWith("\"\" (expected: "), refusal(type, "\"\""));
        }
    }

    private record Order(int pieces) {}

    @Test
    void saysWhichNumber() {
        assertEquals(
                "pieces: 1.5 (expected: a whole number) at column 11",
                refusal(Order.class, "{\"pieces\":1.5}"));
    }

    private enum Colour {
        RED,
        BLUE
    }

    @Test
    void aNumberIsNoConstantOfAnEnum() throws IOException {
        assertEquals(Colour.BLUE, read(Colour.class, "\"BLUE\""));
        assertTrue(refusal(Colour.class, "1").startsWith("1 (expected: Colour)"));
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Circle.class, name = "circle"),
        @JsonSubTypes.Type(value = Square.class, name = "square")
    })
    private sealed interface Shape {}

    private record Circle(int radius) implements Shape {}

    private record Square(int side) implements Shape {}

    private record Boxed<T>(T content, String label) {}

    private static class Pair<T> {
        public T first;
        public T second;

        Pair(T first, T second) {
            this.first = first;
            this.second = second;
        }
    }

    private static final class Triple<X> extends Pair<X> {
        public X third;

        Triple(X first, X second, X third) {
            super(first, second);
            this.third = third;
        }
    }

    @Test
    void whatHasSubtypesKeepsTheirNamesAnywhere() throws IOException {
        String circle = "{\"is\":\"circle\",\"radius\":1}";
        String square = "{\"is\":\"square\",\"side\":2}";
        assertReturns(Shape.class, circle);
        assertReturns(Shape[].class, "[" + circle + "," + square + "]");
        assertReturns(
                new TypeReference<List<Shape>>() {}.getType(), "[" + circle + "," + square + "]");
        assertReturns(
                new TypeReference<Map<String, Shape>>() {}.getType(), "{\"x\":" + square + "}");
        assertReturns(
                new TypeReference<Map<String, List<Shape>>>() {}.getType(),
                "{\"x\":[" + square + "]}");
        assertReturns(new TypeReference<Optional<Shape>>() {}.getType(), circle);
        assertReturns(
                new TypeReference<Boxed<Shape>>() {}.getType(),
                "{\"content\":" + circle + ",\"label\":\"x\"}");
        assertReturns(
                new TypeReference<Boxed<Boxed<Shape>>>() {}.getType(),
                "{\"content\":{\"content\":" + circle + ",\"label\":\"x\"},\"label\":\"y\"}");
        assertReturns(
                new TypeReference<Boxed<List<Shape>>>() {}.getType(),
                "{\"content\":[" + circle + "],\"label\":\"x\"}");
    }

    @Test
    void alsoOfAViewOrInAnArray() throws IOException {
        Map<String, Shape> shapes = new HashMap<>(Map.of("x", new Circle(1)));
        assertEquals(
                "[{\"is\":\"circle\",\"radius\":1}]",
                write(new TypeReference<Collection<Shape>>() {}.getType(), shapes.values()));
        assertReturns(
                new TypeReference<List<Shape>[]>() {}.getType(),
                "[[{\"is\":\"circle\",\"radius\":1}]]");
    }

    private enum Named {
        @JsonProperty("red")
        RED
    }

    @Test
    void constantsHaveTheirNamesInJson() {
        assertTrue(refusal(Named.class, "\"RED\"").startsWith("\"RED\" (expected: one of red)"));
    }

    @Test
    void aValueOfASubclassIsWrittenWhole() throws IOException {
        Type pair = new TypeReference<Pair<Shape>>() {}.getType();
        assertEquals(
                "{\"first\":{\"is\":\"circle\",\"radius\":1},\"second\":{\"is\":\"square\",\"side\":2},"
                    + "\"third\":{\"is\":\"circle\",\"radius\":3}}",
                write(pair, new Triple<Shape>(new Circle(1), new Square(2), new Circle(3))));
        assertEquals(
                "{\"first\":1,\"second\":2,\"third\":3}",
                write(new TypeReference<Pair<Integer>>() {}.getType(), new Triple<>(1, 2, 3)));
    }

    @Test
    void aValueOfAnotherTypeIsWrittenAsItIs() throws IOException {
        Type shapes = new TypeReference<List<Shape>>() {}.getType();
        assertEquals("{\"pieces\":1}", write(shapes, new Order(1)));
        assertEquals("[]", write(shapes, new ArrayList<>()));
        Type numbers = new TypeReference<Map<String, Integer>>() {}.getType();
        assertEquals("{\"x\":\"one\"}", write(numbers, Map.of("x", "one")));
    }

    private record Times(
            Instant at,
            LocalDate day,
            OffsetDateTime there,
            ZonedDateTime zoned,
            Duration took,
            Optional<String> said,
            Optional<String> unsaid) {}

    @Test
    void timesAreTextsAndStayAsTheyAre() throws IOException {
        assertReturns(
                Times.class,
                "{\"at\":\"2026-11-30T01:02:03.000000004Z\",\"day\":\"2026-11-30\","
                    + "\"there\":\"2026-11-30T01:02:03+05:30\","
                    + "\"zoned\":\"2026-11-30T01:02:03+01:00[Europe/Berlin]\",\"took\":\"PT1.5S\","
                    + "\"said\":\"yes\",\"unsaid\":null}");
        assertEquals(
                Instant.ofEpochMilli(1_764_464_523_004L), read(Instant.class, "1764464523004"));
        assertTrue(refusal(Instant.class, "\"yesterday\"").contains("\"yesterday\""));
    }

    private record Formatted(
            @JsonFormat(shape = JsonFormat.Shape.NUMBER) Instant number,
            @JsonFormat(pattern = "yyyyMMddHHmmss", timezone = "UTC") Instant digits,
            @JsonFormat(pattern = "yyyy-MM-dd HH:mm:ss xxx") ZonedDateTime zoned,
            @JsonFormat(pattern = "yyyy-MM-dd") LocalDate day) {}

    @Test
    void aFieldsOwnFormatCounts() throws IOException {
        assertReturns(
                Formatted.class,
                "{\"number\":1764464523004,\"digits\":\"20261130010203\","
                        + "\"zoned\":\"2026-11-30 01:02:03 +01:00\",\"day\":\"2026-11-30\"}");
    }

    @Test
    void noPartOfATimeIsLost() {
        assertTrue(
                refusal(LocalDate.class, "\"2026-11-30T23:59:59Z\"")
                        .startsWith("2026-11-30T23:59:59Z (expected: a date of ISO 8601)"));
        assertTrue(
                refusal(LocalDateTime.class, "\"2026-11-30T23:59:59Z\"")
                        .contains("(expected: a date and a time of ISO 8601, without an offset)"));
        assertTrue(refusal(LocalDate.class, "20000").startsWith("20000 (expected: a date of"));
        for (Type type : List.of(Date.class, Calendar.class)) {
            assertTrue(
                    refusal(type, "\"20260101\"").startsWith("20260101 (expected: ISO 8601"),
                    refusal(type, "\"20260101\""));
        }
    }

    @Test
    void aTimeThatIsANumberCountsMillisecondsHoweverItIsWritten() throws IOException {
        for (String number : List.of("1764464523004", "1764464523004.0", "1.764464523004e12")) {
            assertEquals(Instant.ofEpochMilli(1_764_464_523_004L), read(Instant.class, number));
            assertEquals(
                    "\"2025-11-30T01:02:03.004Z\"",
                    write(OffsetDateTime.class, read(OffsetDateTime.class, number)));
        }
        for (String number : List.of("1500", "1500.0", "1.5e3")) {
            assertEquals(Duration.ofMillis(1_500), read(Duration.class, number));
        }
        assertEquals(
                List.of(Instant.EPOCH),
                read(new TypeReference<List<Instant>>() {}.getType(), "[0.0]"));
        assertTrue(refusal(Instant.class, "0.5").startsWith("0.5 (expected: a whole number)"));
        for (String text : List.of("1764464523004.0", "20260101", "2026", "-1", " 5")) {
            assertTrue(
                    refusal(Instant.class, "\"" + text + "\"")
                            .startsWith(
                                    text + " (expected: ISO 8601, or a number of milliseconds)"),
                    text);
        }
        assertTrue(refusal(Instant.class, "1e400").startsWith("1e400 (expected: a whole number"));
        assertTrue(refusal(Date.class, "\"2026-02-30\"").startsWith("\"2026-02-30\" (expected:"));
    }

    private static void assertReturns(Type type, String json) throws IOException {
        assertEquals(json, write(type, read(type, json)));
    }

    private static String refusal(Type type, String json) {
        IOException refused =
                assertThrows(IOException.class, () -> read(type, json), type + ": " + json);
        return String.valueOf(refused.getMessage());
    }

    private static Object read(Type type, String json) throws IOException {
        return codec(type).decode(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }

    private static String write(Type type, Object value) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        codec(type).encode(value, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Codec<Object> codec(Type type) {
        return new Json(JsonItemsTest.class.getClassLoader(), 100_000).data(type);
    }
}
