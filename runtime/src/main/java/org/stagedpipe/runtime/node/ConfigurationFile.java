package org.stagedpipe.runtime.node;

import jakarta.json.JsonObject;
import jakarta.json.JsonStructure;
import jakarta.json.JsonValue;

import org.apache.felix.cm.json.io.Configurations;
import org.stagedpipe.cluster.FileReason;
import org.stagedpipe.features.RoleFeature;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `<conf>/<role>.json`: per PID the keys that differ from the feature's defaults. Comments are allowed.
final class ConfigurationFile {

    private static final Pattern REFUSAL =
            Pattern.compile("(\\S+): (?:unknown keys? .*|(\\S+): .*)");
    private static final String EXPECTED = "{\"PID\": {\"KEY\": VALUE, ...}, ...}";

    private ConfigurationFile() {}

    /// What it says, by PID, then by key; nothing if there is no such file.
    ///
    /// @throws StartException if it cannot be read, is no such file, or has a PID that the feature does not list
    static Map<String, Map<String, Object>> read(Path file, RoleFeature feature)
            throws StartException {
        Map<String, Map<String, Object>> byPid = new TreeMap<>();
        try (Reader text = Files.newBufferedReader(file);
                Reader json = Configurations.jsonCommentAwareReader(text)) {
            objectIn(json.readAllAsString())
                    .forEach((pid, values) -> byPid.put(pid, values(pid, values)));
        } catch (NoSuchFileException e) {
            return byPid;
        } catch (FileSystemException e) {
            throw new StartException(FileReason.of(e));
        } catch (IOException | RuntimeException e) {
            if (Files.isDirectory(file)) {
                throw new StartException(file + ": is a folder (expected: a file)");
            }
            throw new StartException(
                    file + ": " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "));
        }
        TreeSet<String> unknown = new TreeSet<>(byPid.keySet());
        unknown.removeAll(feature.configurations().keySet());
        if (!unknown.isEmpty()) {
            throw new StartException(
                    file
                            + ": unknown PID "
                            + String.join(", ", unknown)
                            + " (expected: "
                            + String.join(", ", new TreeSet<>(feature.configurations().keySet()))
                            + ")");
        }
        return byPid;
    }

    private static JsonObject objectIn(String json) {
        if (json.isBlank()) {
            throw new IllegalArgumentException("is empty (expected: " + EXPECTED + ")");
        }
        return object("", PlainJson.read(json), EXPECTED);
    }

    /// What a component refuses, with the file where it comes from there: components know no files.
    ///
    /// @param said what the file says
    /// @param used what the components got
    /// @param text begins with the PID and the key
    static String named(
            Path file,
            Map<String, Map<String, Object>> said,
            Map<String, Map<String, Object>> used,
            String text) {
        Matcher refusal = REFUSAL.matcher(text);
        if (!refusal.matches()) {
            return text;
        }
        Map<String, Object> ours = said.getOrDefault(refusal.group(1), Map.of());
        String key = refusal.group(2);
        boolean isFromFile =
                key == null // one that nobody knows: the features have none
                        ? !ours.isEmpty()
                        : ours.containsKey(key)
                                && ours.get(key)
                                        .equals(
                                                used.getOrDefault(refusal.group(1), Map.of())
                                                        .get(key));
        return isFromFile ? file + ": " + text : text;
    }

    private static JsonObject object(String what, JsonValue json, String expected) {
        if (json instanceof JsonObject object) {
            return object;
        }
        throw new IllegalArgumentException(what + json + " (expected: " + expected + ")");
    }

    private static Map<String, Object> values(String pid, JsonValue json) {
        Map<String, Object> values = new TreeMap<>();
        TreeSet<String> keys =
                new TreeSet<>(String.CASE_INSENSITIVE_ORDER); // as OSGi compares them
        object(pid + ": ", json, "{\"KEY\": VALUE, ...}")
                .forEach((key, given) -> {
                    if (given instanceof JsonStructure) {
                        throw new IllegalArgumentException(
                                pid + ": " + key + ": " + given + " (expected: a single value)");
                    }
                    Object value = Configurations.convertToObject(given);
                    if (value == null) {
                        throw new IllegalArgumentException(
                                pid + ": " + key + ": null (expected: a value, or no such key)");
                    }
                    if (!keys.add(key)) {
                        throw new IllegalArgumentException(
                                pid + ": " + key + " (expected: a key once, in whatever case)");
                    }
                    values.put(key, value);
                });
        return values;
    }
}
