package org.stagedpipe.runtime.node;

import jakarta.json.Json;
import jakarta.json.JsonReader;
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

/// `<conf>/<role>.json`: per PID the keys that differ from the feature's defaults. Comments are allowed.
final class ConfigurationFile {

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
            reader.readObject().forEach((pid, values) -> byPid.put(pid, values(pid, values)));
        } catch (NoSuchFileException e) {
            return byPid;
        } catch (FileSystemException e) {
            throw new StartException(FileReason.of(e));
        } catch (IOException | RuntimeException e) {
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

    private static Map<String, Object> values(String pid, JsonValue json) {
        Map<String, Object> values = new TreeMap<>();
        TreeSet<String> keys =
                new TreeSet<>(String.CASE_INSENSITIVE_ORDER); // as OSGi compares them
        json.asJsonObject()
                .forEach((key, given) -> {
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
