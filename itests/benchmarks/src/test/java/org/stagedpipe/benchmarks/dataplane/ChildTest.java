package org.stagedpipe.benchmarks.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/// A process of a side.
class ChildTest {

    @Test
    void ofAProcessThatHasEndedThereIsNoTime() throws Exception {
        try (Child child = Child.java("ender", Ender.class)) {
            assertThrows(IllegalStateException.class, child::address); // it has closed its output
            long end = System.nanoTime() + Duration.ofSeconds(40).toNanos();
            String said = "";
            while (said.isEmpty() && System.nanoTime() - end < 0) {
                try {
                    child.cpu();
                    Thread.onSpinWait(); // it is about to end
                } catch (IllegalStateException e) {
                    said = String.valueOf(e.getMessage());
                }
            }
            assertEquals("ender has ended", said);
        }
    }

    /// A process that says nothing.
    static final class Ender {

        private Ender() {}

        public static void main(String[] arguments) {}
    }
}
