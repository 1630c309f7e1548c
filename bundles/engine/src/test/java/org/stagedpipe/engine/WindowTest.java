package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class WindowTest {

    @Test
    void roomIsAnnouncedOnceForEachRefusal() {
        Window window = new Window(1, Window.UNBOUNDED);
        assertFalse(window.takeRefusal());
        for (int i = 0; i < 2; i++) {
            window.noteRefusal();
            window.noteRefusal();
            assertTrue(window.takeRefusal());
            assertFalse(window.takeRefusal());
        }
    }
}
