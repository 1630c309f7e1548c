package org.stagedpipe.api;

/// How a plugin wants to be run.
///
/// @param parallelism pipelines per worker, at most 1,024; each carries as many requests at once as there are stages, and has a
///     thread for each; 0 lets the worker choose
/// @param acyclic whether a request that meets a stage twice fails
/// @param platformThreads whether the pipelines run on platform threads and not on virtual ones
public record Options(int parallelism, boolean acyclic, boolean platformThreads) {

    private static final int MOST_PIPELINES = 1_024;
    private static final Options DEFAULTS = new Options(0, false, false);

    /// @throws IllegalArgumentException if parallelism is negative or too large
    public Options {
        if (parallelism < 0 || parallelism > MOST_PIPELINES) {
            throw new IllegalArgumentException(
                    "parallelism: " + parallelism + " (expected: 0 to " + MOST_PIPELINES + ")");
        }
    }

    /// The worker chooses the parallelism; loops are allowed; virtual threads.
    public static Options defaults() {
        return DEFAULTS;
    }

    /// The same with that parallelism.
    public Options withParallelism(int parallelism) {
        return new Options(parallelism, acyclic, platformThreads);
    }

    /// The same, and a request that meets a stage twice fails.
    public Options withoutCycles() {
        return new Options(parallelism, true, platformThreads);
    }

    /// The same on platform threads: for stages that compute for seconds without ever waiting. On virtual ones they would keep
    /// the worker's processors from all other plugins until they end, where threads of the system take turns.
    public Options withPlatformThreads() {
        return new Options(parallelism, acyclic, true);
    }
}
