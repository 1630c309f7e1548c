package org.stagedpipe.worker.plugin;

import org.stagedpipe.engine.Stats;
import org.stagedpipe.engine.Timings;
import org.stagedpipe.protocol.v1.PluginLoad;
import org.stagedpipe.protocol.v1.StageLoad;

/// What pipelines do, as operators see it. No state.
final class Loads {

    private static final double NANOS_A_US = 1_000;

    private Loads() {}

    static PluginLoad of(Stats stats) {
        PluginLoad.Builder load =
                PluginLoad.newBuilder().setPipelines(stats.capacity()).setRunning(stats.running());
        double all = stats.stages().values().stream().mapToDouble(Loads::sum).sum();
        stats.stages()
                .forEach((name, timings) ->
                        load.addStages(
                                StageLoad.newBuilder()
                                        .setStage(name)
                                        .setItems(timings.count())
                                        .setTotalUs(Math.round(sum(timings) / NANOS_A_US))
                                        .setMeanUs(Math.round(timings.mean() / NANOS_A_US))
                                        .setShare(all == 0 ? 0 : sum(timings) / all)));
        return load.build();
    }

    private static double sum(Timings timings) {
        return (double) timings.count() * timings.mean();
    }
}
