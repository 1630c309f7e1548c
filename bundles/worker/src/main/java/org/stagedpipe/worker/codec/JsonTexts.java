package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;

import java.io.IOException;
import java.util.Collection;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Says for a person what is wrong with JSON, where, and without showing more than a little of it.
final class JsonTexts {

    private static final int MAX_CHARS = 200;
    private static final Pattern LIMIT_OF =
            Pattern.compile(", from `StreamReadConstraints\\.\\w+\\(\\)`"); // nothing for a person

    private JsonTexts() {}

    static IOException readable(JsonProcessingException e) {
        return new IOException(path(e) + what(e) + position(e.getLocation()), e);
    }

    private static String what(JsonProcessingException e) {
        if (e instanceof UnrecognizedPropertyException unknown) {
            Collection<Object> known = unknown.getKnownPropertyIds();
            return "unknown key \""
                    + cut(unknown.getPropertyName())
                    + "\" (expected: "
                    + (known == null || known.isEmpty() ? "no keys" : oneOf(known))
                    + ")";
        }
        String text = String.valueOf(e.getOriginalMessage());
        return cut(LIMIT_OF.matcher(text).replaceAll(""));
    }

    private static String oneOf(Collection<Object> known) {
        return known.stream()
                .map(String::valueOf)
                .sorted()
                .collect(Collectors.joining(", ", "one of ", ""));
    }

    /// `orders[3].price: `, or nothing at the top.
    private static String path(JsonProcessingException e) {
        if (!(e instanceof JsonMappingException mapping)
                || e instanceof UnrecognizedPropertyException && mapping.getPath().size() < 2) {
            return "";
        }
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference step : mapping.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.isEmpty() ? "" : cut(path.toString()) + ": ";
    }

    private static String position(JsonLocation at) {
        return at == null || at.getLineNr() < 1
                ? ""
                : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
    }

    private static String cut(String text) {
        return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS) + "…";
    }
}
