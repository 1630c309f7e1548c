package org.stagedpipe.benchmarks.engine;

import org.stagedpipe.benchmarks.Figure;
import org.stagedpipe.benchmarks.Goal;
import org.stagedpipe.benchmarks.Report;
import org.stagedpipe.benchmarks.Suite;

import java.lang.management.ManagementFactory;

/// 100 million trivial requests in one group: what the engine keeps must not grow.
public final class SoakSuite implements Suite {

    private static final int PART = 10_000_000;
    private static final int PARTS = 10;

    @Override
    public String name() {
        return "soak";
    }

    @Override
    public void run(Report report) throws Exception {
        for (Scenario.Variant variant :
                new Scenario.Variant[] {
                    Scenario.Variant.UNORDERED, Scenario.Variant.ORDERED, Scenario.Variant.KEYED
                }) {
            String name = "live heap after 100 million / after 10 million, " + variant;
            if (report.wants(name)) {
                report.add(soak(name, Scenario.trivial(4, 1, 1).with(variant), report));
            }
        }
    }

    private static Figure soak(String name, Scenario scenario, Report report) throws Exception {
        int part = report.isQuick() ? PART / 10 : PART;
        try (Side side = Side.Kind.ENGINE.open(scenario)) {
            side.run(part);
            long early = liveHeap();
            long began = System.nanoTime();
            for (int i = 1; i < PARTS; i++) {
                side.run(part);
            }
            long nanos = System.nanoTime() - began;
            report.progress(scenario + ": " + nanos / ((long) part * (PARTS - 1)) + " ns/item");
            return new Figure(name, "B", liveHeap(), early, Goal.atMost(1.1));
        }
    }

    private static long liveHeap() {
        System.gc(); // what is left is live
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
