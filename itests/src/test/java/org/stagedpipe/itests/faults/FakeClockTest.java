package org.stagedpipe.itests.faults;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.itests.faults.Book.Arrival;

import java.time.Duration;

/// A clock that has not jumped is found.
class FakeClockTest {

    private static final long NOW_MS = 1_000_000_000;
    private static final Duration HOUR = Duration.ofHours(1);

    @Test
    void seesByAnItemHowFarAheadAClockIs() {
        Arrival right = new Arrival(1, NOW_MS - 150, NOW_MS);
        Arrival ahead = new Arrival(1, NOW_MS - 150 + HOUR.toMillis(), NOW_MS);
        assertTrue(FakeClock.isAhead(right, Duration.ZERO));
        assertFalse(FakeClock.isAhead(right, HOUR));
        assertTrue(FakeClock.isAhead(ahead, HOUR));
        assertFalse(FakeClock.isAhead(ahead, HOUR.negated()));
        assertFalse(FakeClock.isAhead(ahead, Duration.ZERO));
    }
}
