package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.GroupSummary;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/// What others see of a group's counts while it counts.
final class CountsTest {

    private static final int LOOKS = 200_000;

    @Test
    void noMoreHaveEndedThanWereAccepted() throws Exception {
        Counts counts = new Counts(new LongAdder());
        AtomicBoolean isOver = new AtomicBoolean();
        Thread group =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!isOver.get()) {
                                counts.accepted(1);
                                counts.ok(1);
                            }
                        });
        try {
            for (int i = 0; i < LOOKS; i++) {
                long open = counts.open();
                assertTrue(open >= 0, "open: " + open);
                GroupSummary.Builder summary = GroupSummary.newBuilder();
                counts.show(summary);
                long ended = summary.getOk();
                assertTrue(ended <= summary.getAccepted(), "ended: " + ended);
            }
        } finally {
            isOver.set(true);
            group.join();
        }
    }
}
