package org.stagedpipe.worker.codec;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.worker.codec.PlainRecord.Component;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes a plain record as JSON, byte for byte as Jackson does; gives up at what is rare. For one record.
final class PlainWriter {

    private static final int FIRST_BYTES = 512;
    private static final int LONGEST_NUMBER = 24; // of a long, or of a double
    private static final int MOST_DIGITS = 19; // of a long
    private static final byte NONE = 0; // what stands behind a backslash
    private static final byte UNKNOWN = 1;
    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);

    private final int most;
    private byte[] bytes = new byte[FIRST_BYTES];
    private int end;

    /// @param most bytes; of what is longer it writes nothing
    PlainWriter(int most) {
        this.most = most;
    }

    /// Whether the whole of it was written; if not, nothing was.
    boolean write(PlainRecord type, Object value, OutputStream out) throws IOException {
        if (!record(type, value)) {
            return false;
        }
        out.write(bytes, 0, end);
        return true;
    }

    private boolean record(PlainRecord type, Object value) {
        byte separator = '{';
        for (Component component : type.components()) {
            byte[] name = component.name();
            if (!hasRoomFor(name.length + 2)) {
                return false;
            }
            bytes[end++] = separator;
            put(name);
            bytes[end++] = ':';
            if (!component(component, value)) {
                return false;
            }
            separator = ',';
        }
        if (!hasRoomFor(2)) {
            return false;
        }
        if (separator == '{') {
            bytes[end++] = '{';
        }
        bytes[end++] = '}';
        return true;
    }

    private boolean component(Component component, Object value) {
        if (!hasRoomFor(LONGEST_NUMBER)) {
            return false;
        }
        try {
            if (!component.isPrimitive()) {
                Object boxed = (Object) component.get().invokeExact(value);
                return boxed(component, boxed);
            }
            return switch (component.kind()) {
                case INT -> integer((int) component.get().invokeExact(value));
                case LONG -> integer((long) component.get().invokeExact(value));
                case DOUBLE -> decimal((double) component.get().invokeExact(value));
                case BOOLEAN -> put((boolean) component.get().invokeExact(value) ? TRUE : FALSE);
                case TEXT, RECORD -> false; // there are no such primitives
            };
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            return false; // an accessor threw; the other writer meets it, too, and says so
        }
    }

    private boolean boxed(Component component, @Nullable Object value) {
        if (value == null) {
            return put(NULL);
        }
        return switch (component.kind()) {
            case TEXT -> text((String) value);
            case INT -> integer((Integer) value);
            case LONG -> integer((Long) value);
            case DOUBLE -> decimal((Double) value);
            case BOOLEAN -> put((Boolean) value ? TRUE : FALSE);
            case RECORD -> {
                PlainRecord type = component.record();
                yield type != null && record(type, value);
            }
        };
    }

    private boolean integer(long value) {
        if (value == Long.MIN_VALUE) {
            return false;
        }
        long rest = Math.abs(value);
        int from = end + (value < 0 ? 1 : 0);
        int length = 1;
        for (long bound = 10; length < MOST_DIGITS && rest >= bound; bound *= 10) {
            length++;
        }
        if (value < 0) {
            bytes[end] = '-';
        }
        for (int i = from + length - 1; i >= from; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        end = from + length;
        return true;
    }

    private boolean decimal(double value) {
        if (!Double.isFinite(value)) {
            return false;
        }
        ascii(Double.toString(value));
        return true;
    }

    @SuppressWarnings("deprecation") // takes the low bytes, which are all there is here
    private void ascii(String text) {
        text.getBytes(0, text.length(), bytes, end);
        end += text.length();
    }

    private boolean text(String text) {
        int length = text.length();
        if (!hasRoomFor(length + 2)) {
            return false;
        }
        bytes[end] = '"';
        for (int i = 0; i < length; i++) {
            char next = text.charAt(i);
            if (next >= 0x80 || next < ' ' || next == '"' || next == '\\') {
                return unusual(text);
            }
            bytes[end + 1 + i] = (byte) next;
        }
        bytes[end + 1 + length] = '"';
        end += length + 2;
        return true;
    }

    private boolean unusual(String text) {
        if (text.chars().anyMatch(next -> Character.isSurrogate((char) next))) {
            return false; // one of them may be alone
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (!hasRoomFor(2 * utf8.length + 2)) {
            return false;
        }
        bytes[end++] = '"';
        for (byte next : utf8) {
            byte escape = escape(next);
            if (escape == UNKNOWN) {
                return false;
            }
            if (escape != NONE) {
                bytes[end++] = '\\';
            }
            bytes[end++] = escape == NONE ? next : escape;
        }
        bytes[end++] = '"';
        return true;
    }

    private static byte escape(byte next) {
        return switch (next) {
            case '"', '\\' -> next;
            case '\b' -> 'b';
            case '\f' -> 'f';
            case '\n' -> 'n';
            case '\r' -> 'r';
            case '\t' -> 't';
            default -> next >= 0 && next < ' ' ? UNKNOWN : NONE;
        };
    }

    private boolean put(byte[] what) {
        System.arraycopy(what, 0, bytes, end, what.length);
        end += what.length;
        return true;
    }

    private boolean hasRoomFor(int more) {
        if (more > most - end) {
            return false;
        }
        if (more > bytes.length - end) {
            bytes = Arrays.copyOf(bytes, Math.max(end + more, bytes.length * 2));
        }
        return true;
    }
}
