package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Which worker a frame goes to.
final class SpreadTest {

    @Test
    void oneGroupAvoidsTheWorkerThatAnotherOneFills() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestWorker full = cluster.worker(0);
            full.answers = false;
            TestGroup fills = cluster.groupOnAll(open -> open);
            long sent = 0;
            while (full.received.isEmpty()) {
                fills.send(sent++, 1);
                awaitSent(cluster, sent);
            }
            TestGroup lone = cluster.groupOnAll(open -> open);
            for (int i = 0; i < 20; i++) {
                lone.send(i, 1);
                int answered = i + 1;
                Until.holds(
                        () -> lone.results().size() == answered,
                        () -> "item " + answered + " went to the full one");
            }
            full.answerAll();
            assertEquals(20, lone.finish().getOk());
            assertEquals(sent, fills.finish().getOk());
        }
    }

    @Test
    void theFasterOfTwoIdleWorkersGetsMost() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestWorker slow = cluster.worker(0);
            slow.answers = false;
            TestGroup group = cluster.groupOnAll(open -> open);
            int slows = 0;
            long longestMs = 0; // that the fast one took
            for (int i = 0; i < 60; i++) {
                long from = System.nanoTime();
                group.send(i, 1);
                int sent = i + 1;
                awaitSent(cluster, sent);
                boolean isSlow = slow.received.size() > slows;
                if (isSlow) {
                    slows++;
                    Thread.sleep(Math.clamp(2 * longestMs, 100, 2_000)); // its stage
                    slow.parts().getFirst().answerAll();
                }
                Until.holds(() -> group.results().size() == sent, () -> "no answer to " + sent);
                if (!isSlow) {
                    longestMs = Math.max(longestMs, (System.nanoTime() - from) / 1_000_000);
                }
            }
            assertTrue(slows <= 15, slows + " of 60 went to the slow one");
            assertEquals(60, group.finish().getOk());
        }
    }

    private static void awaitSent(TestCluster cluster, long items) {
        Until.holds(
                () -> cluster.workers().stream().mapToInt(w -> w.received.size()).sum() == items,
                () -> items + " not given away");
    }
}
