package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;

import org.stagedpipe.worker.secret.GroupSecrets;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Says for a person what is wrong with JSON, where, and without showing more than a little of it.
final class JsonTexts {

    private static final int MAX_CHARS = 200;

    /// Nothing for a person: its settings, and where it does not show what it read.
    private static final Pattern JACKSONS =
            Pattern.compile(
                    ", from `StreamReadConstraints\\.\\w+\\(\\)`"
                            + "|: not allowed as per `DeserializationFeature\\.\\w+`"
                            + "|: enable `JsonReadFeature\\.\\w+` to allow"
                            + "| \\(start marker at \\[Source: .*?\\]\\)"
                            + "| \\(not recognized as one since Feature .*?\\)");

    /// How Jackson's texts begin that name keys only.
    private static final List<String> NAMES_NO_VALUE =
            List.of("Missing ", "Null value ", "Cannot map `null`", "Duplicate ");

    private JsonTexts() {}

    static IOException readable(JsonProcessingException e) {
        JsonLocation at = e.getLocation();
        String position = // an item is a line as a rule, and its number there no other one's
                at != null && at.getLineNr() == 1 ? " at column " + at.getColumnNr() : position(at);
        return new IOException(path(e) + what(e) + position, e);
    }

    /// The same without anything of the values, not even as its cause: texts about a configuration reach logs, and it may hold
    /// passwords. What a plugin's own record says of it stays, without its secrets.
    static IOException secretive(JsonProcessingException e, GroupSecrets secrets) {
        String what =
                switch (e) {
                    case UnrecognizedPropertyException unknown -> what(unknown);
                    case MismatchedInputException mismatched -> mismatch(mismatched);
                    case ValueInstantiationException refused -> said(refused, secrets);
                    case SecretRefusal refused -> refused.getOriginalMessage();
                    case StreamConstraintsException limit -> what(limit);
                    case StreamReadException _ -> "not JSON";
                    default -> "cannot be read";
                };
        return new IOException(path(e) + what + position(e.getLocation()));
    }

    private static String said(ValueInstantiationException refused, GroupSecrets secrets) {
        Throwable own = refused.getCause();
        return own == null ? "refused" : cut(secrets.redacted(String.valueOf(own.getMessage())));
    }

    private static String mismatch(MismatchedInputException e) {
        String text = String.valueOf(e.getOriginalMessage());
        boolean isAboutNothing = NAMES_NO_VALUE.stream().anyMatch(text::startsWith);
        Class<?> wanted = e.getTargetType();
        return isAboutNothing
                ? cut(text)
                : "cannot be read as " + (wanted == null ? "it is" : wanted.getSimpleName());
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
        String text =
                e instanceof MismatchedInputException mismatched
                        ? Mismatches.said(mismatched)
                        : String.valueOf(e.getOriginalMessage());
        String shown = JACKSONS.matcher(text).replaceAll("");
        return e.getCause() == null
                ? cut(shown)
                : shown; // a plugin's own words: its secrets are looked for in all of them
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
