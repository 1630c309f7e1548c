package org.stagedpipe.benchmarks.engine;

import org.stagedpipe.benchmarks.Report;
import org.stagedpipe.benchmarks.Suite;

/// The engine's goals: against the naive port, against the plain loop, and against itself with other options.
public final class EngineSuite implements Suite {

    @Override
    public String name() {
        return "engine";
    }

    @Override
    public void run(Report report) throws Exception {
        for (Comparison comparison : Comparison.all()) {
            if (report.wants(comparison.name())) {
                report.progress(comparison.name());
                report.add(comparison.measure(report.isQuick()));
            }
        }
    }
}
