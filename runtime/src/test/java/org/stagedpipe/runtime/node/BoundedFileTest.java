package org.stagedpipe.runtime.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

class BoundedFileTest {

    @Test
    void beginsAnewWhenItIsFull(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("a.log");
        for (String text : new String[] {"abc", "de", "f"}) {
            try (BoundedFile out = new BoundedFile(file, 4)) {
                out.write(text.getBytes(StandardCharsets.UTF_8));
            }
        }
        assertEquals("def", Files.readString(file));
        assertEquals("abc", Files.readString(folder.resolve("a.log.1")));
    }

    @Test
    void goesOnAsSoonAsItCanBeBegunAnew(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("sub/a.log");
        Files.createDirectory(folder.resolve("sub"));
        try (BoundedFile out = new BoundedFile(file, 1)) {
            out.write('a');
            Files.delete(file);
            Files.delete(folder.resolve("sub"));
            assertThrows(IOException.class, () -> out.write('b'));
            Files.createDirectory(folder.resolve("sub"));
            out.write('c');
        }
        assertEquals("c", Files.readString(file));
    }
}
