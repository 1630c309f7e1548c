package org.stagedpipe.worker.plugin;

import org.stagedpipe.engine.Stats;
import org.stagedpipe.engine.Timings;
import org.stagedpipe.protocol.v1.PluginLoad;
import org.stagedpipe.protocol.v1.StageLoad;

import java.util.Comparator;
import java.util.Map;

/// What pipelines do, as operators see it: of the stages those that worked most, as a heartbeat has room for a part of a thousand only.
/// No state.
final class Loads {

    private static final double NANOS_A_US = 1_000;
    private static final int MOST_STAGES = 100;

    private Loads() {}

    static PluginLoad of(Stats stats) {
        PluginLoad.Builder load =
                PluginLoad.newBuilder().setPipelines(stats.capacity()).setRunning(stats.running());
        double all = stats.stages().values().stream().mapToDouble(Loads::sum).sum();
        stats.stages().entrySet().stream()
                .sorted(Comparator.comparingDouble(stage -> -sum(stage.getValue())))
                .limit(MOST_STAGES)
                .sorted(Map.Entry.comparingByKey())
                .map(stage -> of(stage.getKey(), stage.getValue(), all))
                .forEach(load::addStages);
        return load.build();
    }

    private static StageLoad of(String name, Timings timings, double all) {
        return StageLoad.newBuilder()
                .setStage(name)
                .setItems(timings.count())
                .setTotalUs(Math.round(sum(timings) / NANOS_A_US))
                .setMeanUs(Math.round(timings.mean() / NANOS_A_US))
                .setShare(all == 0 ? 0 : sum(timings) / all)
                .build();
    }

    private static double sum(Timings timings) {
        return (double) timings.count() * timings.mean();
    }
}
