package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StageFunction;
import org.stagedpipe.api.StateMachine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.UnaryOperator;

/// State machines for tests.
final class Machines {

    private Machines() {}

    /// One stage, named `work`.
    static <D, R> StateMachine<D, R> single(StageFunction<D, R> function) {
        return StateMachine.of(Stage.of("work", function));
    }

    /// One stage that changes the data.
    static <D, R> StateMachine<D, R> mapping(UnaryOperator<D> change) {
        return single(request -> {
            request.data(change.apply(request.data()));
            return Stage.end();
        });
    }

    /// Pipelines whose threads are not started.
    static <D, R> Pipelines<D, R> asleep(StateMachine<D, R> machine) {
        Pipelines<D, R> asleep = new Pipelines<>(settings(machine));
        asleep.watch().stop();
        return asleep;
    }

    /// So many pipelines of one stage with threads that do nothing: the test does their work.
    static Pipelines<Integer, String> byHand(int pipelines) {
        return new Pipelines<>(
                settings(
                        mapping(x -> x),
                        new PipelinesListener() {},
                        Duration.ZERO,
                        new Scale(pipelines, pipelines),
                        NeverStarted::new));
    }

    /// Two of these, in which the requests of a key enter the stage one after the other.
    static Pipelines<Integer, String> byHand(KeyFunction<Integer, String> key) {
        StateMachine<Integer, String> machine = mapping(x -> x);
        return new Pipelines<>(
                settings(
                        machine,
                        new PipelinesListener() {},
                        Duration.ZERO,
                        new Scale(2, 2),
                        new KeyOrder<>(key, machine.stages(), 0, false),
                        NeverStarted::new));
    }

    /// Of one pipeline on virtual threads, without anything else.
    static <D, R> Settings<D, R> settings(StateMachine<D, R> machine) {
        return settings(
                machine,
                new PipelinesListener() {},
                Duration.ZERO,
                new Scale(1, 1),
                Threads.VIRTUAL.factory());
    }

    static <D, R> Settings<D, R> settings(
            StateMachine<D, R> machine,
            PipelinesListener listener,
            Duration slowReport,
            Scale scale,
            ThreadFactory threads) {
        return settings(machine, listener, slowReport, scale, null, threads);
    }

    private static <D, R> Settings<D, R> settings(
            StateMachine<D, R> machine,
            PipelinesListener listener,
            Duration slowReport,
            Scale scale,
            @Nullable KeyOrder<D, R> keys,
            ThreadFactory threads) {
        var observers = new Settings.Observers(listener, Duration.ZERO, slowReport, null);
        return new Settings<>(
                machine, scale, 0, false, false, List.of(), null, keys, threads, "asleep",
                observers);
    }

    /// So many stages named `s0`, `s1` and so on, each followed by the next one, that all do that.
    static <D, R> StateMachine<D, R> chain(int stages, UnaryOperator<D> change) {
        List<Stage<D, R>> chain = new ArrayList<>();
        for (int i = stages - 1; i >= 0; i--) {
            Stage<D, R> next = chain.isEmpty() ? Stage.end() : chain.getFirst();
            chain.addFirst(
                    Stage.of(
                            "s" + i,
                            request -> {
                                request.data(change.apply(request.data()));
                                return next;
                            }));
        }
        return new StateMachine<>(chain);
    }
}
