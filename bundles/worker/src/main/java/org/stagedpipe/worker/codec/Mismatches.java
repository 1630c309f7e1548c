package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;

import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

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
    private static final Pattern PACKAGE = Pattern.compile("(?:\\w+[.$])+(?=\\w)");

    private static final Map<String, String> SHAPES =
            Map.of(
                    "Array", "an array",
                    "START_ARRAY", "an array",
                    "Object", "an object",
                    "START_OBJECT", "an object",
                    "String", "a text",
                    "VALUE_STRING", "a text",
                    "Boolean", "true or false",
                    "VALUE_TRUE", "true",
                    "VALUE_FALSE", "false");

    private Mismatches() {}

    static String said(MismatchedInputException e) {
        String text = String.valueOf(e.getOriginalMessage());
        if (e instanceof InvalidFormatException format && format.getTargetType() != null) {
            return found(shown(format.getValue()), expected(format.getTargetType()));
        }
        Matcher empty = EMPTY.matcher(text);
        if (empty.matches()) {
            return found("\"\"", name(empty.group(1)));
        }
        Matcher token = TOKEN.matcher(text);
        if (token.matches()) {
            return found(shape(token.group(1)), name(token.group(2)));
        }
        Matcher shape = SHAPE.matcher(text);
        return shape.matches() ? found(shape(shape.group(2)), name(shape.group(1))) : text;
    }

    private static String found(String what, String expected) {
        return what + " (expected: " + expected + ")";
    }

    private static String shape(String jacksons) {
        return SHAPES.getOrDefault(jacksons, "a number");
    }

    private static String shown(Object value) {
        String text = String.valueOf(value);
        String cut = text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS) + "…";
        return value instanceof String ? "\"" + cut + "\"" : cut;
    }

    private static String expected(Class<?> type) {
        return type.isEnum()
                ? Arrays.stream(type.getEnumConstants())
                        .map(constant -> ((Enum<?>) constant).name())
                        .collect(Collectors.joining(", ", "one of ", ""))
                : type.getSimpleName();
    }

    /// Without packages and enclosing classes.
    private static String name(String type) {
        return PACKAGE.matcher(type).replaceAll("");
    }
}
