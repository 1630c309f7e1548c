package org.stagedpipe.itests.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Thirteen of the faults, once each; `itests/faults` runs all of them, as often as you like.
class FaultsIT {

    /// The first item may take this many times as long as 99 of 100 should: the machine is busy, but whoever learns of a
    /// killed worker only by its lease takes longer.
    private static final int FIRST = 2;

    /// Half of the items may take this many times as long.
    private static final int HALF = 5;

    @TempDir Path folder;

    @Test
    void nothingIsLostOrDoneTwiceBetweenProcesses() throws Exception {
        run(
                Row.Kind.DIRECT,
                "plugin-exits",
                "worker-killed-following",
                "worker-killed-after-update",
                "worker-frozen-long",
                "workers-all-dead",
                "coordinator-killed",
                "overseer-killed-in-update",
                "client-restarted");
    }

    @Test
    void nothingIsLostOrDoneTwiceInANetwork() throws Exception {
        run(
                Row.Kind.NETWORK,
                "worker-killed-before-ack",
                "network-delay",
                "network-cut",
                "network-half-open",
                "reconnect-storm");
    }

    private void run(Row.Kind kind, String... names) throws Exception {
        long seed = System.nanoTime();
        SplittableRandom seeds = new SplittableRandom(seed);
        List<String> wrong = new ArrayList<>();
        try (FaultCluster cluster = FaultCluster.start(folder, kind)) {
            for (String name : names) {
                Round.Verdict verdict = run(cluster, name, seeds.nextLong());
                if (verdict.isClean() && isLate(verdict)) { // a pause of the machine, or slow
                    verdict = run(cluster, name, seeds.nextLong());
                }
                if (!verdict.isClean() || isLate(verdict)) {
                    wrong.add(name + ": " + verdict);
                }
            }
            assertTrue(
                    wrong.isEmpty(),
                    () -> "seed " + seed + "\n" + String.join("\n", wrong) + cluster.events());
        }
    }

    private static Round.Verdict run(FaultCluster cluster, String name, long seed)
            throws Exception {
        Round.Verdict verdict = Round.run(cluster, Rows.named(name), seed);
        verdict.latencies().forEach(ms -> System.out.println(name + ": " + ms));
        return verdict;
    }

    private static boolean isLate(Round.Verdict verdict) {
        return verdict.latencies().stream().anyMatch(FaultsIT::isLate);
    }

    private static boolean isLate(Latency latency) {
        long goal = latency.goal().ms();
        return latency.ms().getFirst() > FIRST * goal || latency.median() > HALF * goal;
    }
}
