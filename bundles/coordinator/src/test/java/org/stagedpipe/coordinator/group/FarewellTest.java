package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class FarewellTest {

    private static final Duration SILENCE = Duration.ofMillis(300);

    private long nanos = Long.MAX_VALUE - 1; // a clock may be anywhere
    private final Farewell farewell = new Farewell(() -> nanos);

    FarewellTest() {
        farewell.begin();
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    @Test
    void whoSaysNothingIsLateAfterASilence() {
        pass(SILENCE.minusNanos(1));
        assertFalse(farewell.isLate(SILENCE));
        pass(Duration.ofNanos(1));
        assertTrue(farewell.isLate(SILENCE));
    }

    @Test
    void whoAnswersHasAnotherOneButNoMoreThanTen() {
        for (int answer = 0; answer < 10; answer++) {
            assertFalse(farewell.isLate(SILENCE), "" + answer);
            pass(SILENCE.minusMillis(1));
            farewell.heard();
        }
        assertFalse(farewell.isLate(SILENCE));
        pass(Duration.ofMillis(10));
        farewell.heard();
        assertTrue(farewell.isLate(SILENCE));
    }
}
