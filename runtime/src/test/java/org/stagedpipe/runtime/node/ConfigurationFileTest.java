package org.stagedpipe.runtime.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.features.RoleFeature;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class ConfigurationFileTest {

    private static final RoleFeature FEATURE =
            new RoleFeature(List.of(), Map.of("p.worker", Map.of()));

    @TempDir Path folder;

    @Test
    void saysNothingWhereItIsNotThere() throws Exception {
        assertEquals(Map.of(), ConfigurationFile.read(folder.resolve("worker.json"), FEATURE));
        assertEquals(Map.of(), ConfigurationFile.read(folder.resolve("no/worker.json"), FEATURE));
    }

    @Test
    void saysWhatIsWrongWithIt() throws Exception {
        refused("", "is empty (expected: {\"PID\": {");
        refused("// nothing\n", "is empty (expected: {\"PID\": {");
        refused("[]", "[] (expected: {\"PID\": {");
        refused("{\"p.worker\": 5}", "p.worker: 5 (expected: {\"KEY\": VALUE");
        refused(
                "{\"p.worker\": {\"port\": [1]}}",
                "p.worker: port: [1] (expected: a single value)");
        refused("{\"p.worker\": {\"port\": null}}", "p.worker: port: null (expected: a value");
    }

    /// The parser tells it in its own words, and takes the last of two keys.
    @Test
    void saysWhereItIsNoJson() throws Exception {
        refused(
                "{\"p.worker\":\n {\"name\": \"wx\", \"port\": 1, \"port\": 2}}",
                "line 2, column 28: \"port\" a second time (expected: each key once)");
        refused(
                "{\"p.worker\": {\"port\": 1,}}",
                "line 1, column 25: } (expected: a key in double quotes, or no comma)");
        refused("{\"p.worker\":\n ", "line 2: the end of the file (expected: a value)");
        refused("{port: 1}", "line 1, column 2: 'p' (expected: JSON, with texts in double quotes)");
        refused("{\"p.worker\": {}}}", "line 1, column 17: } (expected: the end of the file)");
        refused("{\"p.worker\" {}}", "line 1, column 13: { (expected: a colon)");
    }

    private void refused(String text, String why) throws Exception {
        Path file = Files.writeString(folder.resolve("worker.json"), text);
        StartException refused =
                assertThrows(StartException.class, () -> ConfigurationFile.read(file, FEATURE));
        assertTrue(refused.getMessage().startsWith(file + ": " + why), refused.getMessage());
    }

    @Test
    void isNotAFolder() throws Exception {
        Path file = folder.resolve("worker.json");
        Files.createDirectory(file);
        StartException refused =
                assertThrows(StartException.class, () -> ConfigurationFile.read(file, FEATURE));
        assertEquals(file + ": is a folder (expected: a file)", refused.getMessage());
    }

    /// Components know no files.
    @Test
    void isNamedWithWhatIsRefusedOfIt() {
        Path file = folder.resolve("worker.json");
        Map<String, Map<String, Object>> said = Map.of("p.worker", Map.of("port", 70_000L));
        Map<String, Map<String, Object>> used =
                Map.of("p.worker", Map.of("port", 70_000L, "name", "w1"));
        String port = "p.worker: port: 70000 (expected: a whole number from 0 to 65535)";
        assertEquals(file + ": " + port, ConfigurationFile.named(file, said, used, port));
        String key = "p.worker: unknown key prot (expected: one of port)";
        assertEquals(file + ": " + key, ConfigurationFile.named(file, said, used, key));
        String name = "p.worker: name: \"w1\" (expected: another one)";
        assertEquals(name, ConfigurationFile.named(file, said, used, name));
        Map<String, Map<String, Object>> other = Map.of("p.worker", Map.of("port", 9_420L));
        assertEquals(port, ConfigurationFile.named(file, said, other, port)); // of the line
        assertEquals(key, ConfigurationFile.named(file, Map.of(), used, key));
        assertEquals("the disk: full", ConfigurationFile.named(file, said, used, "the disk: full"));
    }

    /// Or the node would run with the defaults, without TLS.
    @Test
    void isNotNoneWhereItCannotBeReached() throws Exception {
        Path file = folder.resolve("worker.json");
        Files.createSymbolicLink(file, file);
        StartException refused =
                assertThrows(StartException.class, () -> ConfigurationFile.read(file, FEATURE));
        assertTrue(refused.getMessage().startsWith(file + ": "), refused.getMessage());
    }
}
