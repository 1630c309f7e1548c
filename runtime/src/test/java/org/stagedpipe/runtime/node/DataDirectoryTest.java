package org.stagedpipe.runtime.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What a node finds in its folder.
class DataDirectoryTest {

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"", "\n"})
    void takesAFolderWhoseFormatNeverReachedTheDisk(String left) throws Exception {
        Files.writeString(folder.resolve("format"), left);
        DataDirectory.take(folder).close();
        assertEquals(List.of("1"), Files.readAllLines(folder.resolve("format")));
        DataDirectory.take(folder).close();
    }

    @Test
    void takesANewFolder() throws Exception {
        DataDirectory.take(folder.resolve("new/one")).close();
        assertEquals("1\n", Files.readString(folder.resolve("new/one/format")));
    }

    @Test
    void refusesAFile() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        StartException refused = assertThrows(StartException.class, () -> DataDirectory.take(file));
        assertEquals(
                "data directory " + file + ": is no folder (expected: one)", refused.getMessage());
    }

    @Test
    void refusesAnotherFormat() throws Exception {
        Files.writeString(folder.resolve("format"), "2\n");
        StartException refused =
                assertThrows(StartException.class, () -> DataDirectory.take(folder));
        assertEquals(
                "data directory " + folder + ": format 2 is newer than this release (expected: 1)",
                refused.getMessage());
    }
}
