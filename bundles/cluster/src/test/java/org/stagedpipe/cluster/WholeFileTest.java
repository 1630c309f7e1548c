package org.stagedpipe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

class WholeFileTest {

    @TempDir Path folder;

    @Test
    void takesThePlaceOfTheOneBefore() throws Exception {
        Path file = folder.resolve("new/one");
        WholeFile.write(file, "a longer text");
        Files.writeString(folder.resolve("new/one.new"), "left by a process that was killed");
        WholeFile.write(file, "ä");
        assertEquals("ä", Files.readString(file));
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertEquals(List.of(file), files.toList());
        }
        WholeFile.delete(file);
        assertFalse(Files.exists(file));
        WholeFile.delete(file);
    }
}
