package org.stagedpipe.itests.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Collections;
import java.util.List;

/// What a goal says about many rounds together.
class LatencyTest {

    private static final Latency SOON =
            new Latency(Goal.KILLED_WORKER, Collections.nCopies(99, 20L));
    private static final Latency LATE = new Latency(Goal.KILLED_WORKER, List.of(2_500L));

    @Test
    void oneOfAHundredMayBeLate() {
        assertTrue(SOON.plus(LATE).isMet());
        assertEquals(20, SOON.plus(LATE).p99());
    }

    @Test
    void twoOfAHundredMayNot() {
        Latency all = LATE.plus(SOON).plus(LATE);
        assertFalse(all.isMet());
        assertEquals(2_500, all.p99());
        assertEquals(20, all.median());
        assertTrue(all.toString().contains("goal 1000 ms: MISSED"), all.toString());
    }
}
