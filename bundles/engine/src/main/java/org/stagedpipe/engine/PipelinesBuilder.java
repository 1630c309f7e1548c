package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.StateMachine;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// How pipelines are opened; made by [Pipelines#of]. For one thread.
///
/// @param <D> the data of an item
/// @param <R> what the request groups hold open for their items
public final class PipelinesBuilder<D, R> {

    private final StateMachine<D, R> machine;
    private final List<PreProcessor<D, R>> before = new ArrayList<>();
    private int parallelism = 1;
    private int subStages;
    private boolean acyclic;
    private @Nullable Hooks<D, R> hooks;
    private Threads threads = Threads.VIRTUAL;
    private String name = "pipeline";

    PipelinesBuilder(StateMachine<D, R> machine) {
        this.machine = Objects.requireNonNull(machine, "state machine");
    }

    /// The number of pipelines, 1 unless set. Each carries as many requests at once as there are stages.
    public PipelinesBuilder<D, R> parallelism(int pipelines) {
        this.parallelism = pipelines;
        return this;
    }

    /// Steps outside of the state machine that count as stages, 0 unless set: each pipeline carries so many requests more.
    public PipelinesBuilder<D, R> subStages(int count) {
        this.subStages = count;
        return this;
    }

    /// A request that meets a stage twice fails, with its whole route in the fault. Loops are allowed unless set.
    public PipelinesBuilder<D, R> acyclic() {
        return acyclic(true);
    }

    /// Whether a request that meets a stage twice fails.
    public PipelinesBuilder<D, R> acyclic(boolean acyclic) {
        this.acyclic = acyclic;
        return this;
    }

    /// Runs before every stage; several run in the order in which they were given.
    public PipelinesBuilder<D, R> before(PreProcessor<D, R> step) {
        before.add(Objects.requireNonNull(step, "pre-processor"));
        return this;
    }

    /// Runs around all stages of a request, on the pipeline's thread.
    public PipelinesBuilder<D, R> hooks(Hooks<D, R> hooks) {
        this.hooks = Objects.requireNonNull(hooks, "hooks");
        return this;
    }

    /// What the pipelines run on; [Threads#VIRTUAL] unless set.
    public PipelinesBuilder<D, R> threads(Threads threads) {
        this.threads = Objects.requireNonNull(threads, "threads");
        return this;
    }

    /// The first part of the threads' names; `pipeline` unless set.
    public PipelinesBuilder<D, R> name(String name) {
        this.name = Objects.requireNonNull(name, "name");
        return this;
    }

    /// Checks all of it and starts the threads.
    ///
    /// @throws IllegalArgumentException if the parallelism is less than 1, or the number of sub-stages is negative
    public Pipelines<D, R> open() {
        Pipelines<D, R> pipelines =
                new Pipelines<>(
                        new Settings<>(
                                machine,
                                parallelism,
                                subStages,
                                acyclic,
                                before,
                                hooks,
                                threads,
                                name));
        pipelines.start();
        return pipelines;
    }
}
