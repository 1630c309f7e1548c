package org.stagedpipe.api;

/// How a plugin wants to be run.
///
/// @param parallelism pipelines per worker; each carries as many requests at once as there are stages; 0 lets the worker
///     choose
/// @param acyclic whether a request that meets a stage twice fails
public record Options(int parallelism, boolean acyclic) {

    private static final Options DEFAULTS = new Options(0, false);

    /// @throws IllegalArgumentException if parallelism is negative
    public Options {
        if (parallelism < 0) {
            throw new IllegalArgumentException("parallelism: " + parallelism + " (expected: >= 0)");
        }
    }

    /// The worker chooses the parallelism; loops are allowed.
    public static Options defaults() {
        return DEFAULTS;
    }

    /// The same with that parallelism.
    public Options withParallelism(int parallelism) {
        return new Options(parallelism, acyclic);
    }

    /// The same, and a request that meets a stage twice fails.
    public Options withoutCycles() {
        return new Options(parallelism, true);
    }
}
