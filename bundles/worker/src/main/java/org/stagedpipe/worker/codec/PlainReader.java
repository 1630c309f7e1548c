package org.stagedpipe.worker.codec;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.worker.codec.PlainRecord.Component;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Reads a plain record from JSON that is as most of it is; gives up, without an answer, at everything else. For one text.
final class PlainReader {

    /// What reading ends with where another reader has to begin anew.
    private static final class GaveUp extends Exception {

        static final GaveUp INSTANCE = new GaveUp();

        private GaveUp() {
            super("not plain", null, false, false);
        }
    }

    private static final int MOST_DIGITS = 18;
    private static final long MOST_EXACT = 1L << 53;

    /// What a double times or divided by these is, is the closest double.
    private static final double[] TENS = {
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22
    };

    private final byte[] json;
    private int at;

    private PlainReader(byte[] json) {
        this.json = json;
    }

    /// Null if it gives up.
    static @Nullable Object read(PlainRecord type, byte[] json) {
        try {
            PlainReader reader = new PlainReader(json);
            Object value = reader.record(type);
            reader.blank();
            return reader.at == json.length ? value : null;
        } catch (GaveUp e) {
            return null;
        }
    }

    private Object record(PlainRecord type) throws GaveUp {
        Component[] components = type.components();
        @Nullable Object[] values = new Object[components.length];
        long seen = 0;
        expect('{');
        if (next() == '}') {
            at++;
        } else {
            int guess = 0;
            do {
                blank();
                int place = place(components, guess);
                require((seen & 1L << place) == 0);
                seen |= 1L << place;
                guess = place + 1;
                expect(':');
                values[place] = value(components[place]);
            } while (more());
        }
        for (int i = 0; i < values.length; i++) {
            if (components[i].isPrimitive() && values[i] == null) {
                throw GaveUp.INSTANCE; // the least likely is left to the other reader
            }
        }
        try {
            return type.make(values);
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            throw GaveUp.INSTANCE; // the other reader meets it, too, and says so
        }
    }

    /// Whether another entry follows.
    private boolean more() throws GaveUp {
        int mark = next();
        require(mark == ',' || mark == '}');
        at++;
        return mark == ',';
    }

    private int place(Component[] components, int guess) throws GaveUp {
        if (guess < components.length && isHere(components[guess].name())) {
            return guess;
        }
        for (int i = 0; i < components.length; i++) {
            if (isHere(components[i].name())) {
                return i;
            }
        }
        throw GaveUp.INSTANCE;
    }

    private boolean isHere(byte[] text) {
        int end = at + text.length;
        if (end > json.length || !Arrays.equals(json, at, end, text, 0, text.length)) {
            return false;
        }
        at = end;
        return true;
    }

    private @Nullable Object value(Component component) throws GaveUp {
        int first = next();
        if (first == 'n') {
            word("null");
            return null;
        }
        return switch (component.kind()) {
            case INT -> {
                long value = integer();
                require(value == (int) value);
                yield (int) value;
            }
            case LONG -> integer();
            case DOUBLE -> decimal();
            case BOOLEAN -> {
                word(first == 't' ? "true" : "false");
                yield first == 't';
            }
            case TEXT -> text();
            case RECORD -> {
                PlainRecord type = component.record();
                if (type == null) {
                    throw GaveUp.INSTANCE;
                }
                yield record(type);
            }
        };
    }

    private long integer() throws GaveUp {
        int begin = at;
        boolean negative = json[at] == '-';
        at += negative ? 1 : 0;
        long value = digits(0);
        int digits = at - begin - (negative ? 1 : 0);
        requireWhole(begin, digits);
        int end = peek();
        require(end != '.' && end != 'e' && end != 'E');
        return negative ? -value : value;
    }

    private void requireWhole(int begin, int digits) throws GaveUp {
        int first = json[begin] == '-' ? begin + 1 : begin;
        require(digits > 0 && digits <= MOST_DIGITS && (digits == 1 || json[first] != '0'));
    }

    /// Reads digits behind that value, which overflows if there are too many of them.
    private long digits(long before) {
        long value = before;
        for (int digit = peek() - '0'; digit >= 0 && digit <= 9; digit = peek() - '0') {
            value = value * 10 + digit;
            at++;
        }
        return value;
    }

    private double decimal() throws GaveUp {
        int begin = at;
        boolean negative = json[at] == '-';
        at += negative ? 1 : 0;
        long value = digits(0);
        int digits = at - begin - (negative ? 1 : 0);
        requireWhole(begin, digits);
        int fraction = fraction();
        boolean isExact = digits + fraction <= MOST_DIGITS;
        if (fraction > 0 && isExact) {
            at -= fraction;
            value = digits(value);
        }
        boolean hasExponent = exponent();
        if (hasExponent || fraction > 0 && (!isExact || value > MOST_EXACT)) {
            return Double.parseDouble(
                    new String(json, begin, at - begin, StandardCharsets.ISO_8859_1));
        }
        require(value <= MOST_EXACT && (value != 0 || !negative));
        double exact = value / TENS[fraction];
        return negative ? -exact : exact;
    }

    /// How many digits follow a point; 0 without a point.
    private int fraction() throws GaveUp {
        if (peek() != '.') {
            return 0;
        }
        at++;
        int begin = at;
        digits(0);
        require(at > begin);
        return at - begin;
    }

    private boolean exponent() throws GaveUp {
        if (peek() != 'e' && peek() != 'E') {
            return false;
        }
        at++;
        if (peek() == '+' || peek() == '-') {
            at++;
        }
        int begin = at;
        digits(0);
        require(at > begin);
        return true;
    }

    private String text() throws GaveUp {
        expect('"');
        int begin = at;
        byte all = 0;
        boolean hasEscapes = false;
        for (; ; at++) {
            require(at < json.length);
            byte next = json[at];
            if (next == '"') {
                break;
            }
            require(next < 0 || next >= ' ');
            if (next == '\\') {
                hasEscapes = true;
                at++; // what follows is no end
            }
            all |= next;
        }
        int end = at++;
        if (hasEscapes) {
            return utf8(unescaped(begin, end));
        }
        return all < 0
                ? utf8(Arrays.copyOfRange(json, begin, end))
                : new String(json, begin, end - begin, StandardCharsets.ISO_8859_1); // ASCII
    }

    private static String utf8(byte[] bytes) throws GaveUp {
        String text = new String(bytes, StandardCharsets.UTF_8);
        require(text.indexOf('\uFFFD') < 0); // or it was no UTF-8
        return text;
    }

    private byte[] unescaped(int begin, int end) throws GaveUp {
        byte[] bytes = new byte[end - begin];
        int count = 0;
        for (int i = begin; i < end; i++) {
            bytes[count++] = json[i] == '\\' ? meaning(json[++i]) : json[i];
        }
        return Arrays.copyOf(bytes, count);
    }

    private static byte meaning(byte escaped) throws GaveUp {
        return switch (escaped) {
            case '"', '\\', '/' -> escaped;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> throw GaveUp.INSTANCE;
        };
    }

    private void word(String word) throws GaveUp {
        int end = at + word.length();
        require(end <= json.length);
        for (int i = 0; i < word.length(); i++) {
            require(json[at + i] == word.charAt(i));
        }
        at = end;
    }

    private void expect(char mark) throws GaveUp {
        require(next() == mark);
        at++;
    }

    /// The next byte that is not blank.
    private int next() throws GaveUp {
        blank();
        require(at < json.length);
        return json[at];
    }

    private void blank() {
        while (at < json.length
                && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
            at++;
        }
    }

    /// The next byte, 0 at the end.
    private int peek() {
        return at < json.length ? json[at] : 0;
    }

    private static void require(boolean isPlain) throws GaveUp {
        if (!isPlain) {
            throw GaveUp.INSTANCE;
        }
    }
}
