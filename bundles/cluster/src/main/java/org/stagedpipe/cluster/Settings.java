package org.stagedpipe.cluster;

import org.jspecify.annotations.Nullable;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Reads the properties of a component, each key once, and refuses what nobody read.
///
/// For one thread. A component reads all its keys, then calls [#refuseUnknown()].
public final class Settings {

    /// What Declarative Services adds, for the component and for each of its references.
    private static final Pattern OF_THE_FRAMEWORK =
            Pattern.compile(
                    "(service|component|felix|osgi)\\..*|[.:].*|objectClass|.+\\.(target|cardinality\\.minimum)");

    private final String pid;
    private final Map<String, Object> properties = new TreeMap<>();
    private final TreeSet<String> known = new TreeSet<>();

    /// The properties as Declarative Services hands them over; what the framework adds to them is left out.
    public Settings(String pid, Map<String, ?> properties) {
        this.pid = pid;
        properties.forEach((key, value) -> {
            if (!OF_THE_FRAMEWORK.matcher(key).matches()) {
                this.properties.put(key, value);
            }
        });
    }

    /// A text, or the default.
    public String text(String key, String defaultValue) {
        Object value = value(key);
        return value == null ? defaultValue : value.toString();
    }

    /// A text that has no default.
    ///
    /// @throws SettingsException if it is missing or blank
    public String text(String key) {
        String text = text(key, "");
        if (text.isBlank()) {
            throw refused(key, text, "a text");
        }
        return text;
    }

    /// A whole number within bounds, or the default.
    ///
    /// @throws SettingsException if it is anything else
    public long number(String key, long min, long max, long defaultValue) {
        Object value = value(key);
        if (value == null) {
            return defaultValue;
        }
        String text = value.toString().strip();
        if (text.matches("-?[0-9]{1,18}")) {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
        }
        throw refused(key, value, "a whole number from " + min + " to " + max);
    }

    /// The same, for what fits an int.
    public int integer(String key, int min, int max, int defaultValue) {
        return (int) number(key, min, max, defaultValue);
    }

    /// A duration given in milliseconds, or the default; the key ends in `Ms`.
    public Duration millis(String key, Duration min, Duration max, Duration defaultValue) {
        return Duration.ofMillis(
                number(key, min.toMillis(), max.toMillis(), defaultValue.toMillis()));
    }

    /// Texts, given as a list or separated by commas; empty if the key is missing.
    public List<String> texts(String key) {
        Object value = value(key);
        Stream<?> parts =
                switch (value) {
                    case null -> Stream.of();
                    case Collection<?> collection -> collection.stream();
                    case Object[] array -> Arrays.stream(array);
                    default -> Arrays.stream(value.toString().split(",", -1));
                };
        return parts.map(part -> part.toString().strip()).filter(part -> !part.isEmpty()).toList();
    }

    /// A path, null if the key is missing.
    ///
    /// @throws SettingsException if the system has no such paths
    public @Nullable Path path(String key) {
        String text = text(key, "");
        try {
            return text.isBlank() ? null : Path.of(text);
        } catch (InvalidPathException e) {
            throw refused(key, text, "a path: " + e.getReason());
        }
    }

    /// To be thrown for a value that its reader cannot use.
    public SettingsException refused(String key, @Nullable Object value, String expected) {
        return new SettingsException(
                pid + ": " + key + ": " + shown(value) + " (expected: " + expected + ")");
    }

    /// Call after the last key was read.
    ///
    /// @throws SettingsException naming the keys that nobody read and those that exist
    public void refuseUnknown() {
        List<String> unknown = new ArrayList<>(properties.keySet());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new SettingsException(
                    pid
                            + ": unknown "
                            + (unknown.size() == 1 ? "key " : "keys ")
                            + String.join(", ", unknown)
                            + " (expected: one of "
                            + String.join(", ", known)
                            + ")");
        }
    }

    private @Nullable Object value(String key) {
        known.add(key);
        return properties.get(key);
    }

    private static String shown(@Nullable Object value) {
        return switch (value) {
            case null -> "missing";
            case Number number -> number.toString();
            default -> "\"" + value + "\"";
        };
    }
}
