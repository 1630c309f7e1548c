package org.stagedpipe.benchmarks.engine;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

import java.util.Collection;

/// Runs one side once, in a JVM of its own, warmed up.
///
/// @param itemNanos time per item
/// @param itemBytes allocation per item
record Measurement(double itemNanos, double itemBytes) {

    /// The heap is touched before anything is measured: the first pass over fresh pages costs more than the engine.
    private static final String[] JVM_OPTIONS = {
        "-Xms512m",
        "-Xmx512m",
        "-XX:+AlwaysPreTouch",
        "-Djmh.ignoreLock=true",
        "--sun-misc-unsafe-memory-access=allow"
    };

    private static final String ALLOCATION = "gc.alloc.rate.norm";

    static Measurement of(Side.Kind kind, Scenario scenario, boolean quick) throws RunnerException {
        int items = items(kind, scenario);
        Collection<RunResult> results =
                new Runner(
                                new OptionsBuilder()
                                        .include(EngineBenchmark.class.getName() + ".run")
                                        .param("kind", kind.name())
                                        .param("scenario", scenario.toString())
                                        .param("items", Integer.toString(items))
                                        .forks(1)
                                        .warmupIterations(quick ? 5 : 6)
                                        .warmupTime(TimeValue.milliseconds(500))
                                        .measurementIterations(quick ? 4 : 6)
                                        .measurementTime(TimeValue.milliseconds(500))
                                        .jvmArgs(JVM_OPTIONS)
                                        .addProfiler(GCProfiler.class)
                                        .shouldFailOnError(true)
                                        .verbosity(VerboseMode.SILENT)
                                        .build())
                        .run();
        RunResult result = results.iterator().next();
        double bytes =
                result.getSecondaryResults().entrySet().stream()
                        .filter(entry -> entry.getKey().endsWith(ALLOCATION))
                        .mapToDouble(entry -> entry.getValue().getScore())
                        .findFirst()
                        .orElseThrow();
        return new Measurement(result.getPrimaryResult().getScore() / items, bytes / items);
    }

    /// Enough for an operation of 10 to 100 ms.
    private static int items(Side.Kind kind, Scenario scenario) {
        return switch (scenario.work()) {
            case SLEEP -> 20 * scenario.concurrency();
            case SHA -> 20_000;
            case TRIVIAL -> scenario.isRoundTrip() || kind == Side.Kind.NAIVE ? 10_000 : 200_000;
        };
    }

    double itemsPerSecond() {
        return 1e9 / itemNanos;
    }
}
