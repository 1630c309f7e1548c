package org.stagedpipe.benchmarks;

/// Figures that are measured together; `itests/bench NAME` runs it.
public interface Suite {

    /// Its name on the command line.
    String name();

    /// Measures, and gives each figure to the report as soon as it is known.
    ///
    /// @throws Exception if something could not be measured; the run fails then
    void run(Report report) throws Exception;
}
