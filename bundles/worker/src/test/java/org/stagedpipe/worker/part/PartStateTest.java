package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;

class PartStateTest {

    @Test
    void theDrawingIsTheTable() throws Exception {
        StringBuilder drawn = new StringBuilder();
        Files.readString(Path.of("src/main/java/org/stagedpipe/worker/part/PartState.java"))
                .lines()
                .filter(line -> line.startsWith("/// ") && line.contains("-->"))
                .forEach(line -> drawn.append(line.substring(4)).append('\n'));
        assertEquals(PartState.drawing(), drawn.toString());
    }

    @Test
    void whatIsOverStaysOver() {
        for (PartState.Event event : PartState.Event.values()) {
            assertEquals(PartState.CLOSED, PartState.CLOSED.after(event));
        }
    }
}
