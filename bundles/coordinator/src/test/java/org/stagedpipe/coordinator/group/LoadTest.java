package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// By what is there and by how long it takes.
final class LoadTest {

    private long now = Long.MAX_VALUE - 1; // it overflows
    private final AtomicLong firstWorker = new AtomicLong();
    private final AtomicLong secondWorker = new AtomicLong();
    private final Load first = new Load(firstWorker, () -> now);
    private final Load second = new Load(secondWorker, () -> now);

    @Test
    void itemsWeighAsBytesDo() {
        first.add(2, 0);
        second.add(1, 1_000);
        assertTrue(second.isLessThan(first));
        second.add(0, 100);
        assertTrue(first.isLessThan(second));
    }

    @Test
    void whatOtherGroupsHaveThereCounts() {
        Load other = new Load(firstWorker, () -> now);
        other.add(1, 10);
        assertTrue(second.isLessThan(first));
        assertEquals(0, first.items());
        other.end();
        assertFalse(second.isLessThan(first));
        assertFalse(first.isLessThan(second));
    }

    @Test
    void whatEndsTakesAllOfItAwayAndNothingAfterIt() {
        first.add(3, 500);
        first.end();
        first.add(-1, -100);
        assertEquals(0, firstWorker.get());
    }

    @Test
    void theSlowOneIsTheBusierOneWithAsMuch() {
        first.took(10, Duration.ofMillis(100).toNanos());
        assertFalse(second.isLessThan(first), "how fast the other is nobody knows");
        second.took(1, Duration.ofMillis(1).toNanos());
        assertTrue(second.isLessThan(first));
        second.add(8, 0);
        assertTrue(second.isLessThan(first), "8 more items of 1 ms each, and one of 10");
        second.add(8, 0);
        assertTrue(first.isLessThan(second));
    }

    @Test
    void whatItTookIsForgottenAfterAPause() {
        first.took(1, Duration.ofSeconds(5).toNanos());
        second.took(1, Duration.ofMillis(1).toNanos());
        second.add(100, 0);
        assertTrue(second.isLessThan(first));
        first.forgetTimes();
        assertTrue(first.isLessThan(second));
    }

    @Test
    void whoWasSlowOnceIsTriedAgain() {
        first.took(1, Duration.ofSeconds(1).toNanos());
        for (int i = 0; i < 12; i++) {
            now += Duration.ofSeconds(4).toNanos();
            second.took(1, Duration.ofMillis(1).toNanos());
        }
        second.add(1, 0);
        assertTrue(first.isLessThan(second));
    }
}
