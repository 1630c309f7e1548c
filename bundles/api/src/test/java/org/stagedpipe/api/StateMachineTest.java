package org.stagedpipe.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;

class StateMachineTest {

    private final Stage<String, String> clean = Stage.of("clean", request -> Stage.end());
    private final Stage<String, String> load = Stage.of("load", request -> Stage.end());

    @Test
    void theFirstStageStarts() {
        StateMachine<String, String> machine = StateMachine.of(clean, load);
        assertSame(clean, machine.first());
        assertEquals(List.of(clean, load), machine.stages());
    }

    @Test
    void refusesNoStages() {
        assertRefused("state machine: no stages (expected: at least one)", List.of());
    }

    @Test
    void refusesTwoStagesOfOneName() {
        assertRefused(
                "state machine: two stages are named \"clean\" (expected: distinct names)",
                List.of(clean, load, Stage.of("clean", request -> load)));
        assertRefused(
                "state machine: two stages are named \"load\" (expected: distinct names)",
                List.of(load, load));
    }

    @Test
    void refusesTheEndAsAStage() {
        assertRefused("state machine: end() is no stage of its own", List.of(clean, Stage.end()));
        assertTrue(Stage.end().isEnd());
    }

    @Test
    void refusesABlankStageName() {
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Stage.of(" ", request -> Stage.end()));
        assertEquals("stage name: \" \" (expected: not blank)", refused.getMessage());
    }

    private static void assertRefused(String text, List<Stage<String, String>> stages) {
        var refused =
                assertThrows(IllegalArgumentException.class, () -> new StateMachine<>(stages));
        assertEquals(text, refused.getMessage());
    }
}
