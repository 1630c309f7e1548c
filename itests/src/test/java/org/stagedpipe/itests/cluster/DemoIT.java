package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// The main job, as a stranger runs it.
class DemoIT {

    @Test
    void everyCountReconciles() throws Exception {
        Command demo = Command.stagedpipe("demo");
        assertEquals(0, demo.status(), demo.output());
        for (String expected : new String[] {"1.0.0", "1.1.0", "10,000", "collected"}) {
            assertTrue(
                    demo.output().contains(expected),
                    "no \"" + expected + "\" in:\n" + demo.output());
        }
    }
}
