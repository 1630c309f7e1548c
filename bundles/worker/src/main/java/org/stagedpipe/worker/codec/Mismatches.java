package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Says what was found instead of what: Jackson's own texts name its classes and its settings, which a client can do nothing about.
final class Mismatches {

    private static final int MAX_CHARS = 100;

    private static final Pattern SHAPE =
            Pattern.compile(
                    "(?s)Cannot (?:deserialize value of type|construct instance of) `([^`]+)`.*?"
                            + " from (Array|Object|String|Number|Integer|Floating-point|Boolean)"
                            + " value.*");
    private static final Pattern EMPTY =
            Pattern.compile("(?s)Cannot coerce (?:empty|blank) String .* to `([^`]+)` value.*");
    private static final Pattern TOKEN =
            Pattern.compile("(?s)Unexpected token \\((\\w+)\\), expected .* for (\\S+) value.*");
    private static final Pattern TRAILING =
            Pattern.compile("(?s)Trailing token \\(of type (\\w+)\\) found after value.*");
    private static final Pattern NOTHING = Pattern.compile("(?s)No content to map .*");
    private static final Pattern CONSTANTS =
            Pattern.compile("values accepted for Enum class: \\[([^]]*)]");
    private static final Pattern PACKAGE = Pattern.compile("(?:\\w+[.$])+(?=\\w)");

    private static final Map<String, String> SHAPES =
            Map.ofEntries(
                    Map.entry("Array", "an array"),
                    Map.entry("START_ARRAY", "an array"),
                    Map.entry("Object", "an object"),
                    Map.entry("START_OBJECT", "an object"),
                    Map.entry("String", "a text"),
                    Map.entry("VALUE_STRING", "a text"),
                    Map.entry("Number", "a number"),
                    Map.entry("Integer", "a number"),
                    Map.entry("Floating-point", "a number"),
                    Map.entry("VALUE_NUMBER_INT", "a number"),
                    Map.entry("VALUE_NUMBER_FLOAT", "a number"),
                    Map.entry("Boolean", "true or false"),
                    Map.entry("VALUE_TRUE", "true"),
                    Map.entry("VALUE_FALSE", "false"),
                    Map.entry("VALUE_NULL", "null"));

    private Mismatches() {}

    static String said(MismatchedInputException e) {
        String text = String.valueOf(e.getOriginalMessage());
        if (e instanceof InvalidFormatException format
                && format.getTargetType() != null
                && (text.startsWith("Cannot deserialize ") || text.startsWith("Cannot coerce "))) {
            // else it is its author's own
            return found(shown(format.getValue()), expected(format.getTargetType(), text));
        }
        Matcher empty = EMPTY.matcher(text);
        if (empty.matches()) {
            return found("\"\"", name(empty.group(1)));
        }
        Matcher token = TOKEN.matcher(text);
        if (token.matches()) {
            return found(shape(token.group(1)), name(token.group(2)));
        }
        Matcher trailing = TRAILING.matcher(text);
        if (trailing.matches()) {
            return found(shape(trailing.group(1)) + " after the value", "nothing");
        }
        if (NOTHING.matcher(text).matches()) {
            return found("no value", "JSON");
        }
        Matcher shape = SHAPE.matcher(text);
        return shape.matches() ? found(shape(shape.group(2)), name(shape.group(1))) : text;
    }

    private static String found(String what, String expected) {
        return what + " (expected: " + expected + ")";
    }

    private static String shape(String jacksons) {
        return SHAPES.getOrDefault(jacksons, "another value");
    }

    private static String shown(Object value) {
        String text = String.valueOf(value);
        String cut = text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS) + "…";
        return value instanceof String ? "\"" + cut + "\"" : cut;
    }

    /// By the names that an enum has in JSON, where Jackson says them.
    private static String expected(Class<?> type, String text) {
        Matcher constants = CONSTANTS.matcher(text);
        return constants.find() ? "one of " + constants.group(1) : type.getSimpleName();
    }

    /// Without packages and enclosing classes.
    private static String name(String type) {
        return PACKAGE.matcher(type).replaceAll("");
    }
}
