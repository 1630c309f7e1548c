package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.engine.GroupTest.next;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/// Requests that are cancelled one by one.
@Timeout(60)
class CancelOneTest {

    private final CountDownLatch gate = new CountDownLatch(1);

    /// Odd ones wait.
    private final StateMachine<Integer, String> machine =
            Machines.single(request -> {
                if (request.data() % 2 == 1) {
                    gate.await();
                }
                return Stage.end();
            });

    private final Hooks<Integer, String> unpacking =
            new Hooks<>() {
                @Override
                public void enter(AttachedRequest<Integer, String> request) {
                    if (request.attachment() instanceof Integer number) {
                        request.data(number);
                    }
                }
            };

    @Test
    void whatIsNotSubmittedOrHasEndedIsNotTouchedNorIsALaterAttempt() throws Exception {
        try (var pipelines = Pipelines.of(machine).hooks(unpacking).open();
                var group = pipelines.group("").open()) {
            group.cancel(7, "too early");
            for (int attempt = 1; attempt < 4; attempt++) {
                group.submit(7, attempt, 2);
                assertEquals(new Outcome.Ok<>(7, 2), next(group));
                group.cancel(7, "too late");
            }
            assertNull(group.cancellation(), "nothing was noted");
        }
    }

    @Test
    void aCancelIsForgottenWhenItsRequestHasEnded() throws Exception {
        try (var pipelines = Pipelines.of(machine).hooks(unpacking).open();
                var group = pipelines.group("").open()) {
            group.submit(7, 1, 1);
            group.cancel(7, "enough");
            assertInstanceOf(Outcome.Failed.class, next(group));
            Cancellation noted = group.cancellation();
            Eventually.holds("forgotten", () -> noted == null || noted.requests() == 0);
            group.submit(7, 2, 2);
            assertEquals(new Outcome.Ok<>(7, 2), next(group));
        }
    }

    @Test
    void aRequestIsFoundThoughThousandsCameAfterIt() throws Exception {
        try (var pipelines = Pipelines.of(machine).parallelism(2).open();
                var group = pipelines.group("").open()) {
            group.submit(1);
            for (int i = 1; i < 20 * Segment.LENGTH; i++) {
                group.submit(2);
                next(group);
            }
            group.cancel(0, "enough");
            assertEquals(0, assertInstanceOf(Outcome.Failed.class, next(group)).sequence());
        }
    }

    @Test
    void segmentsAreForgottenWhenAllTheirRequestsHaveLeft() {
        LiveSegments<Integer, String> live = new LiveSegments<>();
        for (int i = 0; i < 100; i++) {
            Segment<Integer, String> segment = new Segment<>();
            live.add(segment);
            segment.addLeft(i % 25 == 0 ? 1 : Segment.LENGTH);
        }
        int kept = live.copy().size();
        assertTrue(kept >= 4 && kept <= 10, kept + " of which 4 live");
        assertEquals(96 * Segment.LENGTH + 4, live.left());
    }

    @Test
    void nothingIsLeftOfACancelAgainstCompletion() throws Exception {
        gate.countDown();
        try (var pipelines = Pipelines.of(machine).parallelism(2).open()) {
            Race.run(
                    Set.of("[Ok, Ok]", "[Failed, Ok]"),
                    () ->
                            new OneGroup(pipelines.group("").ordered().open()) {
                                @Override
                                public void first() throws Exception {
                                    submit(1);
                                    submit(1);
                                }

                                @Override
                                public void second() {
                                    group.cancel(0, "race");
                                }

                                @Override
                                public String outcome() throws Exception {
                                    String outcome = super.outcome();
                                    Cancellation noted = group.cancellation();
                                    Eventually.holds(
                                            "forgotten",
                                            () -> noted == null || noted.requests() == 0);
                                    return outcome;
                                }
                            });
        }
    }

    @Test
    void afterItsCancelARequestThatNobodyObservesEntersNoStage() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        AtomicBoolean entered = new AtomicBoolean();
        Stage<Integer, String> second =
                Stage.of(
                        "second",
                        request -> {
                            entered.set(true);
                            return Stage.end();
                        });
        Stage<Integer, String> first =
                Stage.of(
                        "first",
                        request -> {
                            if (request.data() == 0) {
                                return Stage.end();
                            }
                            inside.countDown();
                            while (gate.getCount() > 0) { // hears no interrupt
                                Thread.yield();
                            }
                            return second;
                        });
        try (var pipelines = Pipelines.of(StateMachine.of(first, second)).open();
                var group = pipelines.group("").open()) {
            group.submit(0); // the first one is timed
            next(group);
            for (int i = 0; i < 60; i++) {
                group.inlet().learn(1, 1); // fast ones are not
            }
            group.submit(1);
            Eventually.opens(inside);
            group.cancel(1, "stop");
            gate.countDown();
            assertInstanceOf(Outcome.Failed.class, next(group));
        }
        assertFalse(entered.get());
    }
}
