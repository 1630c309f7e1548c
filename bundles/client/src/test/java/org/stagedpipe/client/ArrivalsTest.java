package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Outcome;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;

/// What waits to be taken, and what it holds of the window.
class ArrivalsTest {

    private static final int RESULT_BYTES = 1 << 20; // four are enough

    private final InFlight window =
            new InFlight(new Limits(100, 40, Duration.ofSeconds(1), Duration.ofSeconds(1)));
    private final Arrivals arrivals = new Arrivals();

    @Test
    void whatACollectionRefusesStaysHereAndNothingElseDoes() {
        arrive(0, 4);
        Queue<Outcome<byte[]>> small = new ArrayBlockingQueue<>(3);
        assertThrows(IllegalStateException.class, () -> arrivals.take(small, 4, window));
        assertEquals(List.of(0L, 1L, 2L), sequences(small));
        assertTrue(window.hasRoomFor(30));
        assertFalse(window.hasRoomFor(31));

        List<Outcome<byte[]>> rest = new ArrayList<>();
        assertEquals(1, arrivals.take(rest, 4, window));
        assertEquals(List.of(3L), sequences(rest));
        assertTrue(arrivals.isEmpty());
        assertTrue(window.hasRoomFor(40));
        assertFalse(window.isAlone());
    }

    @Test
    void countsTheBytesOfResultsThatACollectionRefused() {
        arrive(0, 4);
        Queue<Outcome<byte[]>> small = new ArrayBlockingQueue<>(3);
        assertThrows(IllegalStateException.class, () -> arrivals.take(small, 4, window));
        arrive(4, 2);
        assertTrue(arrivals.mayAsk());
        arrive(6, 1);
        assertFalse(arrivals.mayAsk());
    }

    private void arrive(long first, int count) {
        for (int i = 0; i < count; i++) {
            window.enter(10);
            arrivals.add(new Outcome.Ok<>(first + i, new byte[RESULT_BYTES]), 10);
        }
    }

    private static List<Long> sequences(Iterable<Outcome<byte[]>> outcomes) {
        List<Long> sequences = new ArrayList<>();
        outcomes.forEach(outcome -> sequences.add(outcome.sequence()));
        return sequences;
    }
}
