package org.stagedpipe.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/// Values that check themselves, and what they are made into.
class ValuesTest {

    @Test
    void optionsRefuseAParallelismThatNoWorkerHas() {
        Options defaults = Options.defaults();
        for (int parallelism : new int[] {-1, 1_025, 1_000_000}) {
            var refused =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> defaults.withParallelism(parallelism));
            assertEquals(
                    "parallelism: " + parallelism + " (expected: 0 to 1024)", refused.getMessage());
        }
        assertEquals(0, defaults.withParallelism(0).parallelism());
        assertEquals(1_024, defaults.withParallelism(1_024).parallelism());
    }

    /// It stands in each fault, and in each heartbeat of a worker.
    @Test
    void aStagesNameIsShort() {
        assertEquals(256, Stage.of("n".repeat(256), request -> Stage.end()).name().length());
        String name = "n".repeat(6_000_000);
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Stage.of(name, request -> Stage.end()));
        assertEquals(
                "stage name: \"%s...\", 6000000 characters (expected: at most 256)"
                        .formatted("n".repeat(256)),
                refused.getMessage());
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
        assertEquals("(no text)", FaultException.permanent(null).text());
        assertEquals("(no text)", FaultException.retryable(" ").text());
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
