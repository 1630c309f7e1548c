package org.stagedpipe.runtime.node;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonStructure;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonParsingException;

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

/// `<conf>/<role>.json`: per PID the keys that differ from the feature's defaults. Comments are allowed.
final class ConfigurationFile {

    private static final String EXPECTED = "{\"PID\": {\"KEY\": VALUE, ...}, ...}";

    private ConfigurationFile() {}

    /// What it says, by PID, then by key; nothing if there is no such file.
    ///
    /// @throws StartException if it cannot be read, is no such file, or has a PID that the feature does not list
    static Map<String, Map<String, Object>> read(Path file, RoleFeature feature)
            throws StartException {
        Map<String, Map<String, Object>> byPid = new TreeMap<>();
        try (Reader text = Files.newBufferedReader(file);
                JsonReader reader =
                        Json.createReader(Configurations.jsonCommentAwareReader(text))) {
            objectIn(reader).forEach((pid, values) -> byPid.put(pid, values(pid, values)));
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

    private static JsonObject objectIn(JsonReader reader) {
        JsonValue all;
        try {
            all = reader.readValue();
        } catch (JsonParsingException e) {
            if (e.getLocation().getStreamOffset() <= 0) { // or it says where it stops to be JSON
                throw new IllegalArgumentException(
                        "is empty or no JSON (expected: " + EXPECTED + ")", e);
            }
            throw e;
        }
        return object("", all, EXPECTED);
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
