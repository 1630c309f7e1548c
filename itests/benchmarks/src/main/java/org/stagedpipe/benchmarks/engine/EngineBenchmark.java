package org.stagedpipe.benchmarks.engine;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.util.concurrent.TimeUnit;

/// One side in one scenario; an operation is the processing of `items` items. [Measurement] runs it.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EngineBenchmark {

    /// A [Side.Kind].
    @Param("ENGINE")
    public String kind = "";

    /// A [Scenario].
    @Param("TRIVIAL/4/1/1/1024/UNORDERED")
    public String scenario = "";

    /// Items of one operation.
    @Param("100000")
    public int items;

    private AutoCloseable opened = () -> {};
    private Operation operation = count -> 0;

    /// What is measured.
    private interface Operation {
        long run(int count) throws Exception;
    }

    /// Starts the threads.
    @Setup
    public void open() throws Exception {
        Side.Kind side = Side.Kind.valueOf(kind);
        Scenario parsed = Scenario.parse(scenario);
        if (parsed.work() == Work.TRIVIAL) {
            seeAllStages(side, parsed, items);
        }
        Side measured = side.open(parsed);
        opened = measured;
        operation = measured::run;
    }

    /// Runs each of the four functions once, as a process that knows one stage only is none that anybody has: the compiler
    /// would make a stage a part of whatever calls it, and the loop would make no requests at all.
    static void seeAllStages(Side.Kind kind, Scenario scenario, int items) throws Exception {
        try (Side other = kind.open(scenario.stages(4))) {
            other.run(items);
        }
    }

    /// Ends them.
    @TearDown
    public void close() throws Exception {
        opened.close();
    }

    /// The sum, so that nothing is optimised away.
    @Benchmark
    public long run() throws Exception {
        return operation.run(items);
    }
}
