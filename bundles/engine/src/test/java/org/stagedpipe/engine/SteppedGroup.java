package org.stagedpipe.engine;

import org.stagedpipe.api.Outcome;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// An ordered group and its one pipeline thread, which works when it is told, one request at a time.
final class SteppedGroup {

    static final int WINDOW = 2;

    private static final Pipelines<Integer, String> PIPELINES =
            Machines.asleep(Machines.<Integer, String>mapping(x -> x));

    private static final GroupBuilder<Integer, String> PLAIN =
            PIPELINES.group("").ordered().window(WINDOW);

    /// Its deadline never comes, but is looked at.
    private static final GroupBuilder<Integer, String> LIMITED =
            PIPELINES.group("").ordered().window(WINDOW).deadline(Duration.ofDays(1));

    final Group<Integer, String> group;
    private final Worker<Integer, String> worker;

    /// @param observed whether requests have a deadline; else those that come before the first step take the short way of
    ///     fast ones that nobody times
    SteppedGroup(boolean observed) {
        Figures<Integer, String> figures = new Figures<>(PIPELINES.settings());
        Crew<Integer, String> crew = new Crew<>(PIPELINES.settings(), figures, error -> {});
        worker = crew.workers().getFirst();
        group = new Group<>(PIPELINES, crew, figures, observed ? LIMITED : PLAIN);
        for (int i = 0; i < 60; i++) {
            group.inlet().learn(1, 1);
        }
    }

    /// The pipeline thread takes a request and carries it to its end. False if there is none.
    boolean step() {
        group.inlet().learn(1, TimeUnit.SECONDS.toNanos(1)); // of slow ones a run is one
        Run<Integer, String> run = worker.find();
        if (run != null) {
            worker.work(run);
        }
        return run != null;
    }

    /// What the consumer gets.
    String poll() {
        Outcome<Integer> outcome = group.poll();
        return outcome == null
                ? "none"
                : outcome.getClass().getSimpleName() + " " + outcome.sequence();
    }
}
