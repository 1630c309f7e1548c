package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.StateMachine;

import java.util.List;

/// How pipelines run, checked when they are made.
///
/// @param machine the stages
/// @param parallelism pipelines; at least 1
/// @param subStages steps outside of the state machine that count as stages; at least 0
/// @param acyclic whether a stage met twice is a fault
/// @param before what runs before every stage, in order
/// @param hooks what runs around all stages, null for nothing
/// @param threads what the pipelines run on
/// @param name the first part of the threads' names
record Settings<D, R>(
        StateMachine<D, R> machine,
        int parallelism,
        int subStages,
        boolean acyclic,
        List<PreProcessor<D, R>> before,
        @Nullable Hooks<D, R> hooks,
        Threads threads,
        String name) {

    private static final int MOST_WORKERS = 1 << 20;

    Settings {
        before = List.copyOf(before);
        if (parallelism < 1) {
            throw new IllegalArgumentException("parallelism: " + parallelism + " (expected: >= 1)");
        }
        if (subStages < 0) {
            throw new IllegalArgumentException("sub-stages: " + subStages + " (expected: >= 0)");
        }
        long workers = (long) parallelism * (machine.stages().size() + (long) subStages);
        if (workers > MOST_WORKERS) {
            throw new IllegalArgumentException(
                    "parallelism × stages: " + workers + " (expected: <= " + MOST_WORKERS + ")");
        }
    }

    /// The width of one pipeline: how many requests it carries at once.
    int width() {
        return machine.stages().size() + subStages;
    }

    /// How many requests can be in progress at once.
    int workers() {
        return parallelism * width();
    }
}
