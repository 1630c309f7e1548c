package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import static java.util.Objects.requireNonNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.concurrent.atomic.AtomicReference;

/// Closing at an awkward moment.
@Timeout(30)
class ClosingTest {

    private final StateMachine<Integer, String> machine = Machines.mapping(x -> x);

    @Test
    void aConsumerThatClosesItsGroupGoesOn() throws Exception {
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            group.submit(0);
            group.submit(1);
            int drained = 0;
            while (drained < 2) {
                drained += group.drainOrWait(request -> group.close(), 1);
            }
            assertNull(group.take());
            assertEquals(new Counts(2, 2, 0, 0), group.counts());
        }
    }

    @Test
    void aLoopThatClosesItsGroupMeetsNoMoreOutcomes() throws Exception {
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            group.submit(0);
            group.submit(1);
            int met = 0;
            for (Outcome<Integer> outcome : group) {
                met += outcome instanceof Outcome.Ok ? 1 : 0;
                group.close();
            }
            assertEquals(1, met);
            assertEquals(new Counts(2, 2, 0, 0), group.counts());
        }
    }

    @Test
    void aStageThatClosesItsGroupGoesOn() throws Exception {
        AtomicReference<Group<Integer, String>> own = new AtomicReference<>();
        try (var pipelines = Pipelines.of(closing(own)).open();
                var group = pipelines.group("").open()) {
            own.set(group);
            group.submit(0);
            assertEquals(new Outcome.Ok<>(0, 0), GroupTest.next(group));
            assertNull(group.take());
        }
    }

    @Test
    void aStageThatClosesItsPipelinesGoesOnAndTheyEnd() throws Exception {
        AtomicReference<Pipelines<Integer, String>> own = new AtomicReference<>();
        try (var pipelines = Pipelines.of(closing(own)).name("closed-by-stage").open();
                var group = pipelines.group("").open()) {
            own.set(pipelines);
            group.submit(0);
            assertEquals(new Outcome.Ok<>(0, 0), GroupTest.next(group));
            assertNull(group.take());
            Eventually.holds(
                    "the watch ends", () -> !InterruptTest.isThere("closed-by-stage-watch"));
        }
    }

    private static StateMachine<Integer, String> closing(
            AtomicReference<? extends AutoCloseable> own) {
        return Machines.single(request -> {
            requireNonNull(own.get()).close();
            return Stage.end();
        });
    }
}
