package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/// One suspect at a time, in turns.
final class SeatTest {

    private long now = Long.MAX_VALUE - 1; // it overflows
    private final Seat seat = new Seat(() -> now);

    @Test
    void isOnesUntilHeLeaves() {
        assertTrue(seat.take("a"));
        assertFalse(seat.take("b"));
        seat.leave("b");
        assertFalse(seat.take("b"));
        seat.leave("a");
        assertTrue(seat.take("b"));
    }

    @Test
    void isNextHisWhoAskedFirst() {
        assertTrue(seat.take("a"));
        assertFalse(seat.take("b"));
        assertFalse(seat.take("c"));
        seat.leave("a");
        assertFalse(seat.take("a"));
        assertFalse(seat.take("c"));
        assertTrue(seat.take("b"));
    }

    @Test
    void isNotKeptForHimWhoAsksNoMore() {
        assertTrue(seat.take("a"));
        assertFalse(seat.take("b"));
        seat.leave("a");
        pass(Duration.ofMillis(600));
        assertTrue(seat.take("a"));
    }

    @Test
    void isNobodysWhileItsWorkerMayBeDead() {
        assertTrue(seat.take("a"));
        seat.lose("b"); // which had none
        seat.lose("a");
        assertFalse(seat.take("b"));
        pass(Duration.ofMillis(1_100));
        assertTrue(seat.take("b"));
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }
}
