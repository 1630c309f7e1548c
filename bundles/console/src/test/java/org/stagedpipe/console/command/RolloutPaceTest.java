package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.RolloutEntry;

import java.time.Instant;

class RolloutPaceTest {

    private static final long CHANGED_MS = 1_000_000;

    private final RolloutEntry.Builder rollout =
            RolloutEntry.newBuilder()
                    .setId("r1")
                    .setState("canary")
                    .setChangedMs(CHANGED_MS)
                    .setCanary(
                            CanaryPolicy.newBuilder()
                                    .setHoldMs(40_000)
                                    .addFurtherPercents(50)
                                    .addFurtherPercents(70)
                                    .addFurtherPercents(90))
                    .setStep(2)
                    .setPercent(50);

    @Test
    void growsWithTheStepAndItsTime() {
        assertEquals(4_000, after(0).total());
        assertEquals(1_000, after(0).done());
        assertEquals(1_250, after(10_000).done());
        assertEquals(2_000, after(99_000).done()); // still without the items that it needs
        assertEquals(1_000, after(-5_000).done()); // the overseer's clock is ahead
        rollout.setState("waiting");
        assertEquals(2_000, after(0).done());
        rollout.setState("paused");
        assertEquals(1_000, after(10_000).done());
        rollout.setPercent(0).setStep(0).setState("pushing");
        assertEquals(0, after(10_000).done());
    }

    @Test
    void needsNoTimeToBeHeld() {
        rollout.getCanaryBuilder().clearHoldMs();
        assertEquals(2_000, after(0).done());
    }

    @Test
    void hasNewsWithEachQuarterOfAStep() {
        String first = after(0).mark();
        assertEquals(first, after(9_999).mark());
        assertNotEquals(first, after(10_000).mark());
        rollout.setStep(3);
        assertNotEquals(first, after(0).mark());
    }

    @Test
    void saysWhatItWaitsFor() {
        assertTrue(after(7_000).brief().startsWith("step 2 of 4 with 50 %, held 7 s of 40 s, "));
        rollout.setState("waiting");
        assertTrue(
                after(7_000)
                        .brief()
                        .startsWith(
                                "waits for rollout approve r1, step 2 of 4 with 50 %, for 7 s"));
        rollout.setState("spreading").addWorkers("w1");
        String workers = "waits for the workers of the next step, step 2 of 4 with 50 %, for 7 s";
        assertTrue(after(7_000).brief().startsWith(workers), after(7_000).brief());
        String line = RolloutView.of(rollout.build()).line();
        assertTrue(line.contains("spreading, step 2 of 4 with 50 % of new groups on w1, "), line);
        assertTrue(line.endsWith("; waits for the workers of the next step"), line);
        rollout.addWorkers("w2");
        assertTrue(RolloutView.of(rollout.build()).line().contains(" groups on 2 workers, "));
        rollout.setPercent(0).setStep(0).setState("pushing").setText("workers make it ready");
        assertEquals("pushing, workers make it ready", after(0).brief());
    }

    @Test
    void comesFromNothingWhereThePluginWasNew() {
        assertNull(RolloutView.of(rollout.clearFrom().build()).from());
    }

    @Test
    void saysThatItWaitsForItems() {
        rollout.getCanaryBuilder().setMinItems(20).setMaxWaitMs(3_600_000);
        rollout.getNewBuilder().setOk(3).setFailed(1);
        assertTrue(after(39_999).brief().startsWith("step 2 of 4"), after(39_999).brief());
        assertTrue(after(40_000).brief().startsWith("waits for items, step 2 of 4"));
        assertTrue(
                after(0).line().contains("; waits for items, 4 of 20 came, for at most 3600 s; "),
                after(0).line());
        rollout.getCanaryBuilder().clearMaxWaitMs();
        assertTrue(
                after(0).line().contains("4 of 20 came, until rollout approve or abort r1; "),
                after(0).line());
        rollout.getNewBuilder().setOk(19);
        assertNull(RolloutView.of(rollout.build()).waitsFor());
        assertTrue(after(40_000).brief().startsWith("step 2 of 4"), after(40_000).brief());
    }

    private RolloutPace after(long ms) {
        return RolloutPace.of(rollout.build(), Instant.ofEpochMilli(CHANGED_MS + ms));
    }
}
