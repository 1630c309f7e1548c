package org.stagedpipe.engine;

import org.stagedpipe.api.Fault;
import org.stagedpipe.api.StateMachine;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Pipelines that run one state machine for any number of request groups.
///
/// Parallelism × number of stages threads each carry one request through all its stages. They belong to the pipelines and
/// end with them. What a stage throws is its request's fault; nothing that a request or a group does stops another one.
///
/// ```java
/// try (var pipelines = Pipelines.of(machine).parallelism(4).open();
///         var group = pipelines.group(resources).ordered().open()) {
///     group.submit(data);
///     group.finish();
///     for (Outcome<Data> outcome : group) {
///         …
///     }
/// }
/// ```
///
/// One thread that submits first and reads then, as here, must not submit more than the window holds: see [Group].
///
/// @param <D> the data of an item
/// @param <R> what the request groups hold open for their items
public final class Pipelines<D, R> implements AutoCloseable {

    private final Settings<D, R> settings;
    private final Figures<D, R> figures;
    private final Crew<D, R> crew;
    private final Watch<D, R> watch;
    private final Set<Group<D, R>> groups = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    Pipelines(Settings<D, R> settings) {
        this.settings = settings;
        this.figures = new Figures<>(settings);
        this.crew = new Crew<>(settings, figures, this::onFatal);
        this.watch = new Watch<>(settings, crew, groups, this::onFatal);
    }

    /// How many pipelines a host opens where neither the plugin nor an operator says it: one for each processor, and at least two, so
    /// that stages which are not thread-safe show it on any machine.
    public static int defaultParallelism(int processors) {
        return Math.max(2, processors);
    }

    /// Begins to describe pipelines for that state machine.
    public static <D, R> PipelinesBuilder<D, R> of(StateMachine<D, R> machine) {
        return new PipelinesBuilder<>(machine);
    }

    /// Starts the threads. Where one of them is not to be had, the others end.
    void start() {
        try {
            watch.start();
            crew.duty(settings.scale().least() * settings.width());
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
        if (!settings.scale().isFixed()) {
            watch.need();
        }
    }

    Crew<D, R> crew() {
        return crew;
    }

    Watch<D, R> watch() {
        return watch;
    }

    Settings<D, R> settings() {
        return settings;
    }

    /// Begins to describe a group whose requests see those resources. The group does not close them.
    public GroupBuilder<D, R> group(R resources) {
        return new GroupBuilder<>(this, resources);
    }

    Group<D, R> open(GroupBuilder<D, R> builder) {
        Group<D, R> group = new Group<>(this, crew, figures, builder);
        groups.add(group);
        if (closed) {
            groups.remove(group);
            group.discard();
            throw new IllegalStateException("pipelines are closed (expected: open)");
        }
        group.start();
        if (group.hasDeadlines()
                || settings.observers().delayWarning().isPositive()
                || settings.observers().slowReport().isPositive()) {
            watch.need();
        }
        return group;
    }

    void forget(Group<D, R> group) {
        groups.remove(group);
    }

    /// How many requests can be in progress at once: pipelines at work × number of stages, sub-stages counted.
    public int capacity() {
        return crew.duty();
    }

    /// What was done so far.
    public Stats stats() {
        int keys = groups.stream().mapToInt(Group::keyCount).sum();
        return new Stats(
                capacity(),
                crew.running(),
                crew.completed(),
                groups(),
                crew.stuck(),
                figures.runTime.snapshot(),
                figures.queueWait.snapshot(),
                figures.stages(),
                new Stats.KeyStats(
                        keys,
                        figures.parked.get(),
                        figures.admissionWaiters.get(),
                        figures.barrierWait.snapshot()));
    }

    /// How many groups are open: not finished, or with outcomes that nobody took.
    public int groups() {
        return groups.size();
    }

    /// Finishes all groups, waits until all their requests have ended, and ends the threads. Outcomes can still be taken
    /// from the groups. An interrupt cancels the groups. Inside a stage of theirs it waits for nothing. Harmless if repeated.
    @Override
    public void close() {
        closed = true;
        groups.forEach(Group::finish);
        if (crew.isCurrentThread()) {
            crew.release();
            watch.need(); // it ends with the crew
            return;
        }
        try {
            crew.leave();
            watch.stop();
        } catch (InterruptedException e) {
            groups.forEach(group -> group.cancel("interrupted while closing the pipelines"));
            watch.need(); // it ends with the crew
            Thread.currentThread().interrupt();
        }
    }

    /// Cancels all groups, then closes.
    public void cancel(String reason) {
        closed = true;
        groups.forEach(group -> group.cancel(reason));
        close();
    }

    private void onFatal(VirtualMachineError error) {
        closed = true;
        try {
            String reason = reason(error);
            groups.forEach(group -> cancel(group, reason));
        } finally {
            settings.observers().listener().failed(error);
        }
    }

    private static String reason(VirtualMachineError error) {
        try {
            return "the process failed: " + Faults.text(error);
        } catch (Error again) { // its author's, or memory is still short
            return "the process failed";
        }
    }

    private static void cancel(Group<?, ?> group, String reason) {
        try {
            group.cancel(Fault.Kind.SYSTEM, reason);
        } catch (VirtualMachineError again) {
            return; // memory is still short, say: the others are to end, too
        }
    }
}
