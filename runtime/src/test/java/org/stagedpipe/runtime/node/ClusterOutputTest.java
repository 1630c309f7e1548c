package org.stagedpipe.runtime.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

class ClusterOutputTest {

    private static final int MIB = 1 << 20;

    @Test
    void theFirstMebibyteStaysWhereItIsReadAndTheRestIsBounded(@TempDir Path folder)
            throws Exception {
        Path file = folder.resolve("stderr.log");
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        byte[] line = "a line of a node\n".getBytes(StandardCharsets.UTF_8);
        try (BoundedFile then = new BoundedFile(file, MIB);
                ClusterOutput output = new ClusterOutput(first, then)) {
            for (int written = 0; written < 5 * MIB; written += line.length) {
                output.write(line);
            }
            output.write("the last\n".getBytes(StandardCharsets.UTF_8));
        }
        assertEquals(MIB / line.length, first.size() / line.length);
        assertTrue(Files.size(file) <= MIB, "" + Files.size(file));
        assertTrue(Files.readString(file).endsWith("a line of a node\nthe last\n"));
    }
}
