package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

class StarvationTest {

    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private long now;
    private final Starvation starvation = new Starvation(waiting::add, () -> now);

    @Test
    void noticesThatNoVirtualThreadHasItsTurnAndThatOneHasItAgain() {
        assertFalse(starvation.look());
        pass(4);
        assertFalse(starvation.look());
        pass(2);
        assertTrue(starvation.look());
        assertTrue(starvation.look());
        assertEquals(1, waiting.size()); // it asks nobody else meanwhile
        waiting.remove().run();
        assertFalse(starvation.look());
    }

    @Test
    void isContentAsLongAsTheyHave() {
        for (int i = 0; i < 10; i++) {
            assertFalse(starvation.look());
            waiting.remove().run();
            pass(3);
        }
    }

    private void pass(long seconds) {
        now += Duration.ofSeconds(seconds).toNanos();
    }
}
