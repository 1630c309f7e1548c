package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Options;
import org.stagedpipe.api.StateMachine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// How pipelines are opened; made by [Pipelines#of]. For one thread.
///
/// @param <D> the data of an item
/// @param <R> what the request groups hold open for their items
public final class PipelinesBuilder<D, R> {

    /// An idle virtual thread has some hundred bytes, but each of them looks for work before it leaves.
    private static final int MOST_THREADS_OF_A_PLUGIN = 20_000;

    private final StateMachine<D, R> machine;
    private final List<PreProcessor<D, R>> before = new ArrayList<>();
    private int least = 1;
    private int most = 1;
    private @Nullable KeyOrder<D, R> keys;
    private PipelinesListener listener = new PipelinesListener() {};
    private Duration delayWarning = Duration.ZERO;
    private Duration slowReport = Duration.ZERO;
    private @Nullable Tracer tracer;
    private int subStages;
    private boolean acyclic;
    private boolean strict;
    private @Nullable Hooks<D, R> hooks;
    private Threads threads = Threads.VIRTUAL;
    private String name = "pipeline";

    PipelinesBuilder(StateMachine<D, R> machine) {
        this.machine =
                Objects.requireNonNull(machine, "state machine: null (expected: a state machine)");
    }

    /// The number of pipelines, 1 unless set. Each carries as many requests at once as there are stages.
    public PipelinesBuilder<D, R> parallelism(int pipelines) {
        return autoscale(pipelines, pipelines);
    }

    /// As a plugin asks for them.
    ///
    /// @param parallelism where it lets its host choose, see [Pipelines#defaultParallelism]
    /// @throws IllegalArgumentException if that would be more threads than a host of many plugins has for one
    public PipelinesBuilder<D, R> options(Options options, int parallelism) {
        int pipelines = options.parallelism() > 0 ? options.parallelism() : parallelism;
        long threads = (long) pipelines * machine.stages().size();
        if (threads > MOST_THREADS_OF_A_PLUGIN) {
            throw new IllegalArgumentException(
                    "parallelism: "
                            + pipelines
                            + " with "
                            + machine.stages().size()
                            + " stages, "
                            + threads
                            + " threads (expected: at most "
                            + MOST_THREADS_OF_A_PLUGIN
                            + ")");
        }
        return parallelism(pipelines).acyclic(options.acyclic()).threads(Threads.of(options));
    }

    /// Between so many pipelines and so many, as throughput asks for: see [ScalePolicy].
    public PipelinesBuilder<D, R> autoscale(int least, int most) {
        this.least = least;
        this.most = most;
        return this;
    }

    /// Requests of one key enter each of the named stages in submit order, one after the other, and up to 4 of one key are
    /// in the pipelines; see [#keyed(KeyFunction, List, int, boolean)].
    public PipelinesBuilder<D, R> keyed(KeyFunction<D, R> key, String... stages) {
        return keyed(key, List.of(stages), KeyOrder.DEFAULT_DEPTH, false);
    }

    /// Requests of one key, in one group, enter each of the named stages in submit order: when the one before has left that
    /// stage or the pipelines. Other keys, and other stages, run in parallel. In a loop only the first entry waits.
    ///
    /// @param key the key of a request
    /// @param stages the names of 1 to 64 stages
    /// @param depth requests of one key in the pipelines, 0 for no bound; more wait in submit
    /// @param stopOnFault whether a fault, not a cancel, ends the later requests of its key with kind KEY_FAILED until the
    ///     key has drained
    /// @throws IllegalArgumentException if there is no such stage, none is named or too many, or the depth is negative
    public PipelinesBuilder<D, R> keyed(
            KeyFunction<D, R> key, List<String> stages, int depth, boolean stopOnFault) {
        Objects.requireNonNull(key, "key function");
        this.keys = new KeyOrder<>(key, KeyOrder.find(machine, stages), depth, stopOnFault);
        return this;
    }

    /// Who is told of stuck stages, slow items, blocked outputs and changes of scale; nobody unless set.
    public PipelinesBuilder<D, R> listener(PipelinesListener listener) {
        this.listener = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /// Tells the listener, again and again after each interval, of groups that do not take what is finished; zero, never,
    /// unless set.
    public PipelinesBuilder<D, R> delayWarning(Duration interval) {
        this.delayWarning = Objects.requireNonNull(interval, "delay warning");
        return this;
    }

    /// Tells the listener, once, of each item that runs for so long, all its stages together, with deadlines or without; it goes on. Zero, never,
    /// unless set. Items pay nothing for it: the watch looks now and then which ones run, and may be a fifth of that time late, two seconds at most.
    public PipelinesBuilder<D, R> slowReport(Duration after) {
        this.slowReport = Objects.requireNonNull(after, "slow report");
        return this;
    }

    /// Who takes traces; nobody unless set.
    public PipelinesBuilder<D, R> tracer(Tracer tracer) {
        this.tracer = Objects.requireNonNull(tracer, "tracer");
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

    /// A request whose next stage is none of the state machine's fails; it would run that one and end well unless set. Costs a look at them
    /// for each stage, so it is for where authors look: their tests.
    public PipelinesBuilder<D, R> strict() {
        strict = true;
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

    /// Checks all of it and starts the threads; where one of them is not to be had it throws that error, and the others end.
    ///
    /// @throws IllegalArgumentException if the parallelism is less than 1 or its range is empty, or the number of sub-stages
    ///     or the delay warning or the slow report is negative
    public Pipelines<D, R> open() {
        Pipelines<D, R> pipelines =
                new Pipelines<>(
                        new Settings<>(
                                machine,
                                new Scale(least, most),
                                subStages,
                                acyclic,
                                strict,
                                before,
                                hooks,
                                keys,
                                threads.factory(),
                                name,
                                new Settings.Observers(
                                        new SafeListener(listener),
                                        delayWarning,
                                        slowReport,
                                        tracer)));
        pipelines.start();
        return pipelines;
    }
}
