package org.stagedpipe.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/// Values that check themselves, and what they are made into.
class ValuesTest {

    @Test
    void optionsRefuseANegativeParallelism() {
        Options defaults = Options.defaults();
        var refused =
                assertThrows(IllegalArgumentException.class, () -> defaults.withParallelism(-1));
        assertEquals("parallelism: -1 (expected: >= 0)", refused.getMessage());
        assertEquals(0, defaults.withParallelism(0).parallelism());
    }

    @Test
    void eachOptionLeavesTheOthers() {
        assertEquals(
                new Options(3, true, true),
                Options.defaults().withParallelism(3).withoutCycles().withPlatformThreads());
        assertEquals(
                new Options(3, true, true),
                Options.defaults().withPlatformThreads().withoutCycles().withParallelism(3));
    }

    @Test
    void aFaultIsNotWithoutWords() {
        var refused =
                assertThrows(IllegalArgumentException.class, () -> FaultException.permanent(" "));
        assertEquals("fault text: \" \" (expected: not blank)", refused.getMessage());
    }

    @Test
    void aFaultSaysWhetherARetryMayHelp() {
        FaultException lost = FaultException.retryable("connection lost");
        assertEquals("connection lost", lost.text());
        assertEquals(Fault.Kind.STAGE, lost.kind());
        assertEquals(true, lost.isRetryable());
        assertEquals(false, FaultException.permanent("no such table").isRetryable());
    }

    @Test
    void aSecretShowsNothingOfItself() {
        Secret secret = Secret.of("canary");
        assertEquals("secret", secret.toString());
        assertEquals("canary", secret.reveal());
        assertEquals(Secret.of("canary"), secret);
    }
}
