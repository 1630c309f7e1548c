package org.stagedpipe.runtime.node;

import jakarta.json.Json;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonLocation;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParsingException;

import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// JSON that a person wrote: what is wrong with it is told by line and column, without the words of the parser.
final class PlainJson {

    private static final Pattern TOKEN =
            Pattern.compile("Invalid token=(\\w+) at .*Expected tokens are: \\[(.*)]");
    private static final Pattern CHARACTER = Pattern.compile("Unexpected char (\\d+) at .*");
    private static final Pattern MORE = Pattern.compile("Expected EOF token, but got (\\w+).*");
    private static final String END = "EOF";

    private static final Map<String, String> WORDS =
            Map.of(
                    "CURLYOPEN",
                    "{",
                    "CURLYCLOSE",
                    "}",
                    "SQUAREOPEN",
                    "[",
                    "SQUARECLOSE",
                    "]",
                    "COLON",
                    "a colon",
                    "COMMA",
                    "a comma",
                    "STRING",
                    "a text in double quotes",
                    "NUMBER",
                    "a number",
                    END,
                    "the end of the file");

    private PlainJson() {}

    /// The only value of that text.
    ///
    /// @param text not blank
    /// @throws IllegalArgumentException if it has none, or a key of an object twice
    static JsonValue read(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            checkKeys(text);
            return reader.readValue();
        } catch (JsonParsingException e) {
            throw new IllegalArgumentException(text(e), e);
        }
    }

    /// Of a key that stands there twice the reader would take the last one.
    private static void checkKeys(String text) {
        Deque<Set<String>> objects = new ArrayDeque<>();
        try (JsonParser parser = Json.createParser(new StringReader(text))) {
            while (parser.hasNext()) {
                switch (parser.next()) {
                    case START_OBJECT -> objects.push(new HashSet<>());
                    case END_OBJECT -> objects.pop();
                    case KEY_NAME -> {
                        String key = parser.getString();
                        if (!objects.element().add(key)) {
                            throw twice(key, parser.getLocation());
                        }
                    }
                    case START_ARRAY,
                            END_ARRAY,
                            VALUE_STRING,
                            VALUE_NUMBER,
                            VALUE_TRUE,
                            VALUE_FALSE,
                            VALUE_NULL -> {}
                }
            }
        }
    }

    /// @param behind it
    private static IllegalArgumentException twice(String key, JsonLocation behind) {
        long column = behind.getColumnNumber() - key.length() - 2; // the quotes
        return new IllegalArgumentException(
                at(behind, column, "\"" + key + "\" a second time (expected: each key once)"));
    }

    private static String at(JsonLocation location, long column, String text) {
        return "line " + location.getLineNumber() + ", column " + column + ": " + text;
    }

    private static String text(JsonParsingException e) {
        String text = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
        JsonLocation location = e.getLocation();
        long column = location.getColumnNumber();
        Matcher token = TOKEN.matcher(text);
        if (token.matches()) {
            String expected = words(token.group(1), List.of(token.group(2).split(", ")));
            String found = word(token.group(1)) + " (expected: " + expected + ")";
            return token.group(1).equals(END) // for which the parser makes up a column
                    ? "line " + location.getLineNumber() + ": " + found
                    : at(location, column, found);
        }
        Matcher more = MORE.matcher(text);
        if (more.matches()) {
            return at(location, column, word(more.group(1)) + " (expected: " + word(END) + ")");
        }
        Matcher character = CHARACTER.matcher(text);
        if (character.matches()) {
            String found = Character.toString(Integer.parseInt(character.group(1)));
            return at(
                    location,
                    column,
                    "'" + found + "' (expected: JSON, with texts in double quotes)");
        }
        return text;
    }

    private static String words(String found, List<String> expected) {
        if (expected.equals(List.of("STRING"))) {
            return "a key in double quotes" + (found.equals("CURLYCLOSE") ? ", or no comma" : "");
        }
        if (!expected.contains("NUMBER")) {
            return expected.stream().map(PlainJson::word).collect(Collectors.joining(" or "));
        }
        return "a value" + (expected.contains("SQUARECLOSE") ? " or ]" : "");
    }

    private static String word(String token) {
        return WORDS.getOrDefault(token, token.toLowerCase(Locale.ROOT));
    }
}
