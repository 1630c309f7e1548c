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

    private final List<String> recycled = new ArrayList<>();
    private final StuckStages stages = new StuckStages(2, recycled::add);
    private final CountDownLatch never = new CountDownLatch(1);

    /// Two queries that cannot be interrupted and end a while after their groups were cancelled are no reason.
    @Test
    void oneThatHasReturnedDoesNotCountAnyMore() throws Exception {
        Thread returned = Thread.ofVirtual().start(() -> {});
        returned.join();
        stages.stageStuck(stuck(returned));
        stages.stageStuck(stuck(hanging()));
        assertEquals(List.of(), recycled);
        stages.stageStuck(stuck(hanging()));
        assertEquals(List.of("2 stages hang (the last: slow)"), recycled);
        stages.stageStuck(stuck(hanging()));
        assertEquals(1, recycled.size());
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

    private static StuckStage stuck(Thread thread) {
        return new StuckStage(
                UUID.randomUUID(), 0, 1, "slow", Duration.ofSeconds(2), thread, List.of());
    }
}
