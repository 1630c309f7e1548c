package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.stagedpipe.engine.GroupTest.next;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

/// Interrupts that are not the engine's, such as a time-out of the stage's own.
@Timeout(30)
class InterruptTest {

    private static final int ROUNDS = 1_000;

    private volatile Thread carrier = Thread.currentThread();

    private final StateMachine<Integer, String> noting =
            Machines.single(request -> {
                carrier = Thread.currentThread();
                Thread.sleep(0); // throws if it is interrupted
                return Stage.end();
            });

    @Test
    void anInterruptThatComesTooLateHitsNoOtherRequest() throws Exception {
        try (var pipelines = Pipelines.of(noting).open();
                var group = pipelines.group("").open()) {
            for (int i = 0; i < ROUNDS; i++) {
                group.submit(i);
                assertEquals(new Outcome.Ok<>(i, i), next(group));
                carrier.interrupt();
            }
            Eventually.holds("it sleeps again", () -> !carrier.isInterrupted());
        }
    }
}
