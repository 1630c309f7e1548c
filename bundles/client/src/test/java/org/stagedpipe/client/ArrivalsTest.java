package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Outcome;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What waits to be taken, and what it holds of the window.
class ArrivalsTest {

    private static final int RESULT_BYTES = 1 << 20; // four are enough

    private final InFlight window =
            new InFlight(new Limits(100, 40, Duration.ofSeconds(1), Duration.ofSeconds(1)));
    private final Arrivals arrivals = new Arrivals();

    @Test
    void whatAUserDidNotGetIsHereAgainAndHoldsItsPartOfTheWindow() {
        arrive(0, 4);
        Arrivals.Batch taken = arrivals.takeOut(5);
        arrive(4, 1);
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L), sequences());
        arrivals.handedOver(taken, 3, window);
        assertEquals(List.of(3L, 4L), sequences());
        assertTrue(window.hasRoomFor(20));
        assertFalse(window.hasRoomFor(21));

        assertEquals(3, arrivals.take(window).sequence());
        Arrivals.Batch last = arrivals.takeOut(1);
        assertEquals(4, last.get(0).sequence());
        assertTrue(arrivals.isEmpty());
        assertFalse(arrivals.isHandedOver());
        arrivals.handedOver(last, 1, window);
        assertTrue(arrivals.isHandedOver());
        assertTrue(window.hasRoomFor(40));
        assertFalse(window.isAlone());
    }

    @Test
    void whatSeveralUsersDidNotGetIsWhereItWas() {
        arrive(0, 8);
        Arrivals.Batch first = arrivals.takeOut(3);
        Arrivals.Batch second = arrivals.takeOut(3);
        arrivals.handedOver(first, 0, window);
        assertEquals(0, arrivals.take(window).sequence());
        Arrivals.Batch third = arrivals.takeOut(1);
        assertEquals(1, third.get(0).sequence());
        arrivals.handedOver(second, 1, window);
        arrivals.handedOver(third, 0, window);
        for (long sequence : new long[] {1, 2, 4, 5, 6, 7}) {
            assertEquals(sequence, arrivals.take(window).sequence());
        }
        assertTrue(arrivals.isHandedOver());
        assertTrue(window.hasRoomFor(40));
    }

    @Test
    void countsTheBytesOfResultsUntilAUserHasThem() {
        arrive(0, 4);
        Arrivals.Batch taken = arrivals.takeOut(4);
        assertFalse(arrivals.mayAsk());
        arrivals.handedOver(taken, 3, window);
        arrive(4, 2);
        assertTrue(arrivals.mayAsk());
        arrive(6, 1);
        assertFalse(arrivals.mayAsk());
    }

    @Test
    void countsTheOutcomesUntilAUserHasThem() {
        for (int sequence = 0; sequence < 1_024; sequence++) {
            arrivals.add(new Outcome.Ok<>(sequence, new byte[0]), 0);
        }
        Arrivals.Batch taken = arrivals.takeOut(1_024);
        assertFalse(arrivals.mayAsk());
        assertEquals(0, arrivals.due());
        arrivals.handedOver(taken, 1, window);
        assertEquals(1, arrivals.due());
    }

    private void arrive(long first, int count) {
        for (int i = 0; i < count; i++) {
            window.enter(10);
            arrivals.add(new Outcome.Ok<>(first + i, new byte[RESULT_BYTES]), 10);
        }
    }

    private List<Long> sequences() {
        List<Long> sequences = new ArrayList<>();
        arrivals.forEachSequence(sequences::add);
        return sequences;
    }
}
