package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.engine.GroupTest.next;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// What counts for a stage's deadline, and what does not.
@Timeout(30)
class StageClockTest {

    private static final Duration SHORT = Duration.ofMillis(500);
    private static final Duration LONG = SHORT.plusMillis(50);

    private final CountDownLatch gate = new CountDownLatch(1);

    private final Stage<Integer, String> write = Stage.of("write", request -> Stage.end());
    private final Stage<Integer, String> read = Stage.of("read", request -> write);
    private final StateMachine<Integer, String> machine = StateMachine.of(read, write);

    /// The one before hangs at its gate in a pre-processor, as that is not limited.
    @Test
    void theWaitForItsKeyIsNoStagesFault() throws Exception {
        try (var pipelines =
                        Pipelines.of(machine)
                                .keyed(request -> "key", "write")
                                .before(request -> {
                                    if (request.data() == 0) {
                                        gate.await();
                                    }
                                })
                                .open();
                var group = pipelines.group("").ordered().stageDeadline(SHORT).open()) {
            group.submit(0);
            group.submit(1);
            Eventually.holds("it waits", () -> pipelines.stats().keys().parkedWorkers() == 1);
            gate.await(LONG.toMillis(), TimeUnit.MILLISECONDS);
            gate.countDown();
            assertEquals(new Outcome.Ok<>(0, 0), next(group));
            assertEquals(new Outcome.Ok<>(1, 1), next(group));
        }
    }

    @Test
    void aSlowPreProcessorIsNoStagesFault() throws Exception {
        try (var pipelines = Pipelines.of(machine).before(request -> Thread.sleep(LONG)).open();
                var group = pipelines.group("").stageDeadline(SHORT).open()) {
            group.submit(0);
            assertEquals(new Outcome.Ok<>(0, 0), next(group));
        }
    }

    /// The one before hears no interrupt, so that the wait lasts until the second one is late.
    @Test
    void whoIsLateWhileItWaitsForItsKeyIsLateInNoStage() throws Exception {
        try (var pipelines =
                        Pipelines.of(machine)
                                .keyed(request -> "key", "write")
                                .before(request -> {
                                    while (request.data() == 0 && gate.getCount() > 0) {
                                        Thread.onSpinWait();
                                    }
                                })
                                .threads(Threads.PLATFORM)
                                .open();
                var group = pipelines.group("").deadline(SHORT).open()) {
            group.submit(0);
            group.submit(1);
            assertEquals(
                    new Outcome.Failed<>(
                            1,
                            new Fault(
                                    Fault.Kind.DEADLINE,
                                    null,
                                    1,
                                    "item ran longer than " + SHORT,
                                    false)),
                    next(group));
            gate.countDown();
            assertInstanceOf(Outcome.Failed.class, next(group));
        }
    }

    @Test
    void aStageHasItsNameOnlyWhileItRuns() {
        Deadline deadline = new Deadline(100, 50);
        deadline.begin(1_000);
        assertNull(deadline.stage(), "the host is at work");
        deadline.leave(1_010);
        deadline.enter("read", 1_020);
        assertEquals("read", deadline.stage());
        deadline.leave(1_030);
        assertNull(deadline.stage(), "what hangs now hangs in no stage");
        assertFalse(deadline.look(1_099));
        assertTrue(deadline.look(1_100));
        assertEquals(
                new Deadline.Miss("item ran longer than PT0.0000001S", null, 1_100),
                deadline.missed());
    }

    /// Its fault is made when it has returned.
    @Test
    void whatTookTooLongKeepsItsName() {
        for (long itemNanos : List.of(0L, 50L)) {
            Deadline deadline = new Deadline(itemNanos, 50);
            deadline.begin(1_000);
            deadline.leave(1_001);
            deadline.enter("read", 1_003);
            deadline.leave(1_053);
            Deadline.Miss miss = deadline.missed();
            assertNotNull(miss);
            assertEquals("read", miss.stage());
            assertEquals(1_053, miss.atNanos());
        }
    }

    @Test
    void aStageThatTookTooLongFailsThoughItReturned() throws Exception {
        StateMachine<Integer, String> deaf =
                Machines.single(request -> {
                    long end = System.nanoTime() + LONG.toNanos();
                    while (System.nanoTime() < end) {
                        Thread.onSpinWait();
                    }
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(deaf).open();
                var group = pipelines.group("").stageDeadline(SHORT).open()) {
            group.submit(0);
            var failed = assertInstanceOf(Outcome.Failed.class, next(group));
            assertEquals("stage work ran longer than PT0.5S", failed.fault().text());
        }
    }
}
