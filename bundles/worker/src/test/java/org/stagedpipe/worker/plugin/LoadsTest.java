package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;
import org.stagedpipe.engine.Pipelines;
import org.stagedpipe.engine.Stats;
import org.stagedpipe.engine.Timings;
import org.stagedpipe.protocol.v1.PluginLoad;
import org.stagedpipe.protocol.v1.StageLoad;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

@Timeout(60)
class LoadsTest {

    /// Only one in 256 of these is timed.
    @Test
    void fastItemsAreAllCounted() throws Exception {
        int items = 200_000;
        Stage<Integer, String> stage = Stage.of("quick", request -> Stage.end());
        try (var pipelines = Pipelines.of(StateMachine.of(stage)).open()) {
            try (var group = pipelines.group("").window(Integer.MAX_VALUE).open()) {
                group.submitAll(Collections.nCopies(items, 0));
            }
            StageLoad load = Loads.of(pipelines.stats()).getStages(0);
            assertEquals("quick", load.getStage());
            assertTrue(load.getItems() > items - 256 && load.getItems() <= items, load.toString());
        }
    }

    /// A heartbeat has all versions of all plugins, and no more than 4 MiB.
    @Test
    void ofVeryManyStagesThoseThatWorkMostAreListed() {
        Map<String, Timings> stages = new TreeMap<>();
        for (int i = 0; i < 1_000; i++) {
            stages.put("stage-" + i, timings(i % 20 == 3 ? 1_000 + i : 0, 1_000));
        }
        Timings none = timings(0, 0);
        PluginLoad load =
                Loads.of(
                        new Stats(
                                4,
                                1,
                                0,
                                1,
                                0,
                                none,
                                none,
                                stages,
                                new Stats.KeyStats(0, 0, 0, none)));
        assertEquals(100, load.getStagesCount());
        assertEquals(
                50,
                load.getStagesList().stream().filter(stage -> stage.getItems() > 0).count(),
                load.toString());
    }

    @Test
    void aStagesShareIsThatOfItsTime() {
        Map<String, Timings> stages =
                Map.of("a", timings(1_000_000, 2_000), "b", timings(2_000, 3_000_000));
        Timings none = timings(0, 0);
        Stats stats =
                new Stats(4, 1, 0, 1, 0, none, none, stages, new Stats.KeyStats(0, 0, 0, none));
        PluginLoad load = Loads.of(stats);
        assertEquals(4, load.getPipelines());
        assertEquals(1, load.getRunning());
        assertEquals(
                Map.of(
                        "a", stage("a", 1_000_000, 2, 2_000_000, 0.25),
                        "b", stage("b", 2_000, 3_000, 6_000_000, 0.75)),
                Map.of("a", find(load, "a"), "b", find(load, "b")));
    }

    private static Timings timings(long count, long mean) {
        return new Timings(count, mean, mean, mean, mean, mean, mean);
    }

    private static StageLoad stage(
            String name, long items, long meanUs, long totalUs, double share) {
        return StageLoad.newBuilder()
                .setStage(name)
                .setItems(items)
                .setMeanUs(meanUs)
                .setTotalUs(totalUs)
                .setShare(share)
                .build();
    }

    private static StageLoad find(PluginLoad load, String stage) {
        return load.getStagesList().stream()
                .filter(one -> one.getStage().equals(stage))
                .findFirst()
                .orElseThrow();
    }
}
