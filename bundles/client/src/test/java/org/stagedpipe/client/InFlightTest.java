package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/// When a submitter may go on, and when it is worth waking.
class InFlightTest {

    private final InFlight window =
            new InFlight(new Limits(8, 100, Duration.ofSeconds(1), Duration.ofSeconds(1)));

    @Test
    void aQuarterOfTheItemsIsMuchRoom() {
        enter(8, 1);
        assertFalse(window.hasRoomFor(1));
        window.leave(1, 1);
        assertTrue(window.hasRoomFor(1));
        assertFalse(window.hasMuchRoom());
        window.leave(1, 1);
        assertTrue(window.hasMuchRoom());
    }

    @Test
    void aQuarterOfTheBytesIsMuchRoom() {
        enter(4, 20);
        assertFalse(window.hasMuchRoom());
        assertTrue(window.hasRoomFor(20));
        window.leave(1, 20);
        assertTrue(window.hasMuchRoom());
    }

    @Test
    void oneThatIsLargerThanTheWindowLeavesAllOfIt() {
        assertTrue(window.hasRoomFor(1_000));
        enter(1, 1_000);
        assertFalse(window.hasRoomFor(0));
        assertFalse(window.hasMuchRoom());
        window.leave(1, 1_000);
        assertTrue(window.hasMuchRoom());
    }

    @Test
    void aWindowOfOneIsFreeWhenNothingIsInIt() {
        InFlight one = new InFlight(new Limits(1, 1, Duration.ZERO, Duration.ZERO));
        one.enter(1);
        assertFalse(one.hasRoomFor(1));
        assertFalse(one.hasMuchRoom());
        one.leave(1, 1);
        assertTrue(one.hasMuchRoom());
        assertTrue(one.hasRoomFor(1));
    }

    private void enter(int items, int size) {
        for (int i = 0; i < items; i++) {
            window.enter(size);
        }
    }
}
