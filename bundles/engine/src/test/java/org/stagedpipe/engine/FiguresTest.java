package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// E22: what is measured is as long as it was.
@Timeout(30)
class FiguresTest {

    private static final long HELD_MS = 20;

    @Test
    void e22TimesAreAsLongAsWhatTheyMeasure() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    if (request.data() == 0) {
                        inside.countDown();
                        gate.await();
                    }
                    return Stage.end();
                });
        try (var pipelines =
                        Pipelines.of(machine)
                                .parallelism(2)
                                .keyed(request -> "key", "work")
                                .open();
                var group = pipelines.group("").open()) {
            group.submit(0);
            Eventually.opens(inside); // else it might first wait for that to begin
            group.submit(1); // waits for its turn
            Eventually.holds("it waits", () -> pipelines.stats().keys().parkedWorkers() == 1);
            group.submit(2); // no thread is left for it
            Thread.sleep(HELD_MS);
            gate.countDown();
            group.close();
            Eventually.holds("three", () -> pipelines.stats().completed() == 3);
            Stats stats = pipelines.stats();
            assertHeld("queue", stats.queueWait());
            assertHeld("run", stats.runTime());
            assertHeld("stage", stats.stages().get("work"));
            assertHeld("barrier", stats.keys().barrierWait());
            assertHeld("group", group.runTimes());
        }
    }

    private static void assertHeld(String what, @Nullable Timings timings) {
        assertNotNull(timings, what);
        assertTrue(timings.most() >= TimeUnit.MILLISECONDS.toNanos(HELD_MS), what + ": " + timings);
    }
}
