package org.stagedpipe.itests.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.itests.faults.Book.Arrival;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// What a goal says about many rounds together.
class LatencyTest {

    private static final Latency SOON =
            new Latency(Goal.KILLED_WORKER, Collections.nCopies(99, 20L));
    private static final long FAULT_MS = 1_000_000;
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

    @Test
    void anItemThatASilentWorkerBringsItselfCountsFromItsArrival() {
        List<Arrival> arrivals = new ArrayList<>();
        arrivals.addAll(
                Collections.nCopies(10, new Arrival(2, FAULT_MS + 3_500, FAULT_MS + 3_600)));
        arrivals.addAll(Collections.nCopies(90, new Arrival(1, FAULT_MS - 50, FAULT_MS + 80)));
        assertTrue(new Latency(Goal.SILENT_WORKER, Latency.elsewhere(arrivals, FAULT_MS)).isMet());

        arrivals.addAll(Collections.nCopies(10, new Arrival(1, FAULT_MS - 50, FAULT_MS + 7_000)));
        Latency late = new Latency(Goal.SILENT_WORKER, Latency.elsewhere(arrivals, FAULT_MS));
        assertFalse(late.isMet(), late.toString());
        assertEquals(20, late.ms().size());
    }

    @Test
    void aSilentWorkerThatBringsAllItselfHasHitNothing() {
        Arrival kept = new Arrival(1, FAULT_MS - 50, FAULT_MS + 7_000);
        assertEquals(List.of(), Latency.elsewhere(List.of(kept), FAULT_MS));
    }

    @Test
    void aGroupGoesOnWithAnItemThatBeganAfterTheFault() {
        Arrival before = new Arrival(1, FAULT_MS - 50, FAULT_MS + 50);
        Arrival after = new Arrival(1, FAULT_MS + 3_400, FAULT_MS + 3_500);
        assertEquals(
                List.of(3_500L),
                Latency.resumed(List.of(List.of(before, after), List.of(after)), FAULT_MS));
        assertEquals(
                List.of(),
                Latency.resumed(List.of(List.of(before, after), List.of(before)), FAULT_MS));
    }
}
