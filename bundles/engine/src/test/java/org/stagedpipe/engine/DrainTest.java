package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Outcomes taken many at once.
@Timeout(30)
class DrainTest {

    @Test
    @Timeout(
            value = 5,
            threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // else it would spin for ever
    void refusesToTakeNothing() throws Exception {
        try (var pipelines = Pipelines.of(Machines.<Integer, String>mapping(x -> x)).open();
                var group = pipelines.group("").open()) {
            group.submit(0);
            for (int most : new int[] {0, -1}) {
                String refusal = "most: " + most + " (expected: >= 1)";
                assertEquals(
                        refusal,
                        assertThrows(
                                        IllegalArgumentException.class,
                                        () -> group.drain(request -> {}, most))
                                .getMessage());
                assertEquals(
                        refusal,
                        assertThrows(
                                        IllegalArgumentException.class,
                                        () -> group.drainOrWait(request -> {}, most))
                                .getMessage());
            }
            assertEquals(1, group.drainOrWait(request -> {}, 1));
        }
    }
}
