package org.stagedpipe.engine;

import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.ArrayList;
import java.util.List;

/// What keyed order means in one set of pipelines.
///
/// @param key the key of a request
/// @param marked the stages that requests of one key enter in submit order; 1 to 64
/// @param depth requests of one key in the pipelines at most; 0 for no bound
/// @param stopOnFault whether a fault ends the later requests of its key until the key has drained
record KeyOrder<D, R>(
        KeyFunction<D, R> key, List<Stage<D, R>> marked, int depth, boolean stopOnFault) {

    static final int DEFAULT_DEPTH = 4;
    private static final int MOST_STAGES = Long.SIZE;

    KeyOrder {
        marked = List.copyOf(marked);
        if (marked.isEmpty() || marked.size() > MOST_STAGES) {
            throw new IllegalArgumentException(
                    "marked stages: " + marked.size() + " (expected: 1.." + MOST_STAGES + ")");
        }
        if (depth < 0) {
            throw new IllegalArgumentException("key depth: " + depth + " (expected: >= 0)");
        }
    }

    /// Finds the stages of these names.
    ///
    /// @throws IllegalArgumentException if there is no such stage
    static <D, R> List<Stage<D, R>> find(StateMachine<D, R> machine, List<String> names) {
        List<Stage<D, R>> found = new ArrayList<>();
        for (String name : names) {
            Stage<D, R> stage =
                    machine.stages().stream()
                            .filter(candidate -> candidate.name().equals(name))
                            .findFirst()
                            .orElseThrow(() -> unknown(name, machine));
            if (!found.contains(stage)) {
                found.add(stage);
            }
        }
        return found;
    }

    private static IllegalArgumentException unknown(String name, StateMachine<?, ?> machine) {
        return new IllegalArgumentException(
                "marked stage: \"" + name + "\" (expected: one of " + machine.stages() + ")");
    }

    /// The stage's bit, 0 if it is not marked.
    @SuppressWarnings("ReferenceEquality") // a stage is its object
    long bit(Stage<D, R> stage) {
        for (int i = 0; i < marked.size(); i++) {
            if (marked.get(i) == stage) {
                return 1L << i;
            }
        }
        return 0;
    }
}
