package org.stagedpipe.benchmarks.engine;

import org.openjdk.jmh.runner.RunnerException;
import org.stagedpipe.benchmarks.Report;
import org.stagedpipe.benchmarks.Suite;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The engine's goals: against the naive port, against the plain loop, and against itself with other options.
public final class EngineSuite implements Suite {

    private static final int ROUNDS = 3;

    @Override
    public String name() {
        return "engine";
    }

    /// Each run that several figures need is made once a round. A figure's runs follow each other, so that a noisy neighbour
    /// meets both.
    @Override
    public void run(Report report) throws Exception {
        List<Comparison> wanted =
                Comparison.all().stream()
                        .filter(comparison -> report.wants(comparison.name()))
                        .toList();
        Map<Comparison.Run, Rounds> measured = new HashMap<>();
        int rounds = report.isQuick() ? 1 : ROUNDS;
        for (int i = 1; i <= rounds; i++) {
            for (Comparison comparison : wanted) {
                for (Comparison.Run run : comparison.runs()) {
                    Rounds of = measured.computeIfAbsent(run, any -> new Rounds());
                    if (of.count() < i) {
                        report.progress("round " + i + " of " + rounds + ", " + run);
                        of.add(measure(run, report.isQuick()));
                    }
                }
                if (i == rounds) {
                    report.add(comparison.figure(measured));
                }
            }
        }
    }

    private static Measurement measure(Comparison.Run run, boolean quick) throws RunnerException {
        return Measurement.of(run.kind(), run.scenario(), quick);
    }
}
