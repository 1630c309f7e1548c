package org.stagedpipe.api;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The named stages of a pipeline and where a request starts.
///
/// Immutable and safe for use by many threads; so must its stages be, for pipelines × stages requests at once.
///
/// @param stages all stages, the first one starts; at least one, with distinct names
/// @param <D> the data of an item
/// @param <R> what the request group holds open for its items
public record StateMachine<D, R>(List<Stage<D, R>> stages) {

    /// @throws IllegalArgumentException if there is no stage, or two have one name, or one is [Stage#end()]
    public StateMachine {
        stages = List.copyOf(stages);
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("state machine: no stages (expected: at least one)");
        }
        Set<String> names = new HashSet<>();
        for (Stage<D, R> stage : stages) {
            if (stage.isEnd()) {
                throw new IllegalArgumentException("state machine: end() is no stage of its own");
            }
            if (!names.add(stage.name())) {
                throw new IllegalArgumentException(
                        "state machine: two stages are named \""
                                + stage.name()
                                + "\" (expected: distinct names)");
            }
        }
    }

    /// A state machine of these stages; the first one starts.
    @SafeVarargs
    public static <D, R> StateMachine<D, R> of(Stage<D, R>... stages) {
        return new StateMachine<>(List.of(stages));
    }

    /// Where each request starts.
    public Stage<D, R> first() {
        return stages.getFirst();
    }
}
