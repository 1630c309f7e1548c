package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.time.Duration;

class SlotTest {

    private final Slot slot = new Slot(PluginVersion.getDefaultInstance());
    private long now;

    @Test
    void pausesDoubleFromASecondToAMinute() {
        for (long seconds : new long[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            slot.failed(new PluginException("no overseer answers", true), now);
            now += Duration.ofSeconds(seconds).toNanos() - 1;
            assertFalse(slot.isDue(now), "just before " + seconds + " s");
            now++;
            assertTrue(slot.isDue(now), "after " + seconds + " s");
            slot.state = State.INSTALLING;
            assertFalse(slot.isDue(now), "while it is tried");
            assertEquals(State.FAILED, slot.status().getState(), "while it is tried");
        }
    }

    @Test
    void isDueAgainAfterItsBundleWasNowhere() {
        PluginException missing = PluginException.missing("is not in the repository");
        assertFalse(missing.isRetryable(), "for who asked");
        slot.failed(missing, now);
        assertTrue(slot.isDue(now + Duration.ofSeconds(1).toNanos()));
    }

    @Test
    void isNeverDueAfterAFailureOfItsOwn() {
        slot.failed(new PluginException("no licence"), now);
        assertFalse(slot.mayRecover());
        assertFalse(slot.isDue(now + Duration.ofDays(1).toNanos()));
    }
}
