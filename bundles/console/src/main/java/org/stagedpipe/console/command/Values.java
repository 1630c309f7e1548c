package org.stagedpipe.console.command;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Address;
import org.stagedpipe.transport.Endpoint;

import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;

/// How single values of the wire are shown.
final class Values {

    private static final int ADDRESS_PORT_UNKNOWN = 0;

    private Values() {}

    /// ISO 8601 in UTC, null for never.
    static @Nullable String time(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis).toString();
    }

    static String hex(ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    static String address(Address address) {
        return address.getHost().isBlank() || address.getPort() == ADDRESS_PORT_UNKNOWN
                ? ""
                : Endpoint.of(address).toString();
    }

    /// A constant of the wire as a word.
    static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /// 1.5 MiB.
    static String bytes(long bytes) {
        if (bytes < 1 << 10) {
            return bytes + " B";
        }
        double value = bytes;
        String unit = "B";
        for (String next : new String[] {"KiB", "MiB", "GiB", "TiB"}) {
            if (value < 1 << 10) {
                break;
            }
            value /= 1 << 10;
            unit = next;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, unit);
    }

    /// 0.25.
    static String decimal(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    /// The text in one line and without what a terminal obeys: clients and plugins name themselves.
    static String plain(String text) {
        StringBuilder plain = new StringBuilder(text);
        for (int i = 0; i < plain.length(); i++) {
            if (isCommand(plain.charAt(i))) {
                plain.setCharAt(i, '?');
            }
        }
        return plain.toString();
    }

    /// Control characters, both sets; ends of lines and paragraphs; what turns the direction of writing.
    static boolean isCommand(char character) {
        return Character.isISOControl(character)
                || (character >= '\u2028' && character <= '\u202e')
                || (character >= '\u2066' && character <= '\u2069');
    }

    /// Null for what is empty on the wire because there is none.
    static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
