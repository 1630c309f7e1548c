package org.stagedpipe.benchmarks.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.jfr.Recording;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.SplittableRandom;

/// A copy of what passes is found, and told from the array that a message is read into.
class AllocationTest {

    private static final int MESSAGES = 2_000;
    private static final int LEAST = 32 << 10;
    private static final int MOST = 96 << 10;

    private final SplittableRandom random = new SplittableRandom(1);
    private double passed;
    private byte[] last = {}; // or the compiler makes none

    @TempDir Path folder;

    @Test
    void aMessageIsReadOnce() throws Exception {
        Allocation read = recorded(() -> last = read());
        assertEquals(1, read.bytes() / passed, 0.1);
        assertTrue(read.largest() < LEAST, read::toString);
        assertTrue(read.sites().getFirst().contains("AllocationTest.read"), read::toString);
    }

    @Test
    void aCopyIsFound() throws Exception {
        Allocation copied = recorded(() -> last = read().clone());
        assertEquals(2, copied.bytes() / passed, 0.1);
        assertTrue(copied.largest() >= LEAST, copied::toString);
    }

    private Allocation recorded(Runnable message) throws Exception {
        Path file = folder.resolve("test.jfr");
        try (Recording recording = new Recording()) {
            Allocation.EVENTS.forEach(event -> recording.enable(event).withStackTrace());
            recording.start();
            for (int i = 0; i < MESSAGES; i++) {
                message.run();
            }
            recording.stop();
            recording.dump(file);
        }
        return Allocation.in(file, AllocationTest.class.getName() + ".read");
    }

    /// Not the same each time, or always the same one of two would find its thread's buffer full.
    private byte[] read() {
        int size = random.nextInt(LEAST, MOST);
        passed += size;
        return new byte[size];
    }
}
