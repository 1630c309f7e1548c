package org.stagedpipe.itests.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/// A fault comes at the step that was drawn.
class UpdateStepsTest {

    /// As an overseer of three said them.
    private static final List<String> SAID =
            List.of(
                    "upload", "verify", "resolve", "store", "store", "rollout", "push", "push",
                    "push", "commit", "route", "rollout", "drain", "done");

    @Test
    void hitsEachStepWhereItComesFirst() {
        for (String step : UpdateSteps.ALL) {
            UpdateSteps steps = new UpdateSteps(step);
            List<String> hits = SAID.stream().filter(said -> steps.isNow(progress(said))).toList();
            assertEquals(List.of(step), hits);
            assertEquals(step, steps.hit());
        }
    }

    @Test
    void doesNotWaitForAStepThatWasLeftOut() {
        UpdateSteps steps = new UpdateSteps("store");
        assertTrue(steps.isNow(progress("push")));
        assertEquals("push", steps.hit());
    }

    @Test
    void hitsNothingAtTheEnd() {
        UpdateSteps steps = new UpdateSteps("route");
        PluginEntry result = PluginEntry.getDefaultInstance();
        steps.isNow(progress("route").toBuilder().setResult(result).build());
        assertEquals("", steps.hit());
        assertThrows(IllegalArgumentException.class, () -> new UpdateSteps("done"));
    }

    @Test
    void eachStepComesOnceBeforeAnyComesAgain() {
        UpdateSteps.Turns turns = new UpdateSteps.Turns();
        SplittableRandom random = new SplittableRandom(1);
        for (int turn = 0; turn < 2; turn++) {
            Set<String> came = new HashSet<>();
            for (int i = 0; i < UpdateSteps.ALL.size(); i++) {
                came.add(turns.next(random).toString());
                assertEquals(came.size(), turns.covered().size());
            }
            assertEquals(UpdateSteps.ALL, turns.covered());
        }
    }

    private static Progress progress(String step) {
        return Progress.newBuilder().setStep(step).build();
    }
}
