package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.stagedpipe.engine.StuckStage;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;

class StuckStagesTest {

    private long now = Long.MAX_VALUE - 1; // it overflows
    private final List<String> recycled = new ArrayList<>();
    private final StuckStages stages =
            new StuckStages(2, recycled::add, () -> now, text -> text, name -> name);
    private final CountDownLatch never = new CountDownLatch(1);

    @Test
    void oneThatHasReturnedDoesNotCountAnyMore() throws Exception {
        Thread returned = Thread.ofVirtual().start(() -> {});
        returned.join();
        stages.stageStuck(stuck(returned, false));
        stages.stageStuck(stuck(hanging(), false));
        assertEquals(List.of(), recycled);
        stages.stageStuck(stuck(hanging(), false));
        assertEquals(List.of("2 stages hang (the last: slow)"), recycled);
        stages.stageStuck(stuck(hanging(), false));
        assertEquals(1, recycled.size());
    }

    /// All items of a group are cancelled at once, and may be in queries that nobody can interrupt.
    @Test
    void afterACancelItCountsOnlyWhenAnotherMinuteIsOver() {
        for (int i = 0; i < 5; i++) {
            stages.stageStuck(stuck(hanging(), true));
        }
        now += Duration.ofSeconds(59).toNanos();
        stages.stageStuck(stuck(hanging(), false));
        assertEquals(List.of(), recycled);
        now += Duration.ofSeconds(1).toNanos();
        stages.stageStuck(stuck(hanging(), true));
        assertEquals(List.of("6 stages hang (the last: slow)"), recycled);
    }

    private Thread hanging() {
        return Thread.ofVirtual()
                .start(() -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
    }

    private static StuckStage stuck(Thread thread, boolean isCancelled) {
        return new StuckStage(
                UUID.randomUUID(),
                0,
                1,
                "slow",
                Duration.ofSeconds(2),
                isCancelled,
                thread,
                List.of());
    }
}
