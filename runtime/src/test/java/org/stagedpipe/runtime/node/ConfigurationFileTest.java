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
        Path file = folder.resolve("worker.json");
        Map<String, String> texts =
                Map.of(
                        "", "is empty or no JSON (expected: {\"PID\": {",
                        "[]", "[] (expected: {\"PID\": {",
                        "{\"p.worker\": 5}", "p.worker: 5 (expected: {\"KEY\": VALUE",
                        "{\"p.worker\": {\"port\": [1]}}",
                                "p.worker: port: [1] (expected: a single value)",
                        "{\"p.worker\": {\"port\": null}}",
                                "p.worker: port: null (expected: a value",
                        "{\"p.worker\": ", "line no=1");
        for (Map.Entry<String, String> text : texts.entrySet()) {
            Files.writeString(file, text.getKey());
            StartException refused =
                    assertThrows(StartException.class, () -> ConfigurationFile.read(file, FEATURE));
            String said = refused.getMessage();
            assertTrue(said.startsWith(file + ": ") && said.contains(text.getValue()), said);
        }
        Files.delete(file);
        Files.createDirectory(file);
        StartException refused =
                assertThrows(StartException.class, () -> ConfigurationFile.read(file, FEATURE));
        assertEquals(file + ": is a folder (expected: a file)", refused.getMessage());
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
