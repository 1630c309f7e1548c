package org.stagedpipe.api;

/// How a plugin wants to be run.
///
/// @param parallelism pipelines per worker; each carries as many requests at once as there are stages; 0 lets the worker
///     choose
/// @param acyclic whether a request that meets a stage twice fails
/// @param platformThreads whether the pipelines run on platform threads and not on virtual ones
public record Options(int parallelism, boolean acyclic, boolean platformThreads) {

    private static final Options DEFAULTS = new Options(0, false, false);

    /// @throws IllegalArgumentException if parallelism is negative
    public Options {
        if (parallelism < 0) {
            throw new IllegalArgumentException("parallelism: " + parallelism + " (expected: >= 0)");
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
