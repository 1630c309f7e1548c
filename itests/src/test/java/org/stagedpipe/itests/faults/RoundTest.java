package org.stagedpipe.itests.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.Callable;

/// What becomes of a round that fails.
class RoundTest {

    @Test
    void whatItThrowsIsAFinding() throws Exception {
        for (Callable<Round.Verdict> failing :
                List.<Callable<Round.Verdict>>of(
                        () -> {
                            throw new IllegalStateException("text");
                        },
                        () -> {
                            throw new AssertionError("text");
                        })) {
            Round.Verdict verdict = Round.Verdict.of(failing);
            assertFalse(verdict.isClean());
            assertEquals(1, verdict.findings().size());
            assertEquals("text", verdict.findings().getFirst().replaceAll(".*: ", ""));
        }
    }

    @Test
    void whatIsNotPermittedIsNone() {
        assertThrows(
                Row.NotPermitted.class,
                () ->
                        Round.Verdict.of(() -> {
                            throw new Row.NotPermitted("a mount");
                        }));
    }
}
