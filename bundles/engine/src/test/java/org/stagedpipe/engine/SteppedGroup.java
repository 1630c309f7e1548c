package org.stagedpipe.engine;

import org.stagedpipe.api.Outcome;

import java.time.Duration;

/// An ordered group and its one pipeline thread, which works when it is told, one request at a time.
final class SteppedGroup {

    static final int WINDOW = 2;

    private static final Pipelines<Integer, String> PIPELINES =
            Machines.asleep(Machines.<Integer, String>mapping(x -> x));

    /// The deadline, which never comes, makes each run one request long.
    private static final GroupBuilder<Integer, String> BUILDER =
            PIPELINES.group("").ordered().window(WINDOW).deadline(Duration.ofDays(1));

    final Group<Integer, String> group;
    private final Worker<Integer, String> worker;

    SteppedGroup() {
        Figures<Integer, String> figures = new Figures<>(PIPELINES.settings());
        Crew<Integer, String> crew = new Crew<>(PIPELINES.settings(), figures, error -> {});
        worker = crew.workers().getFirst();
        group = new Group<>(PIPELINES, crew, figures, BUILDER);
    }

    /// The pipeline thread takes a request and carries it to its end. False if there is none.
    boolean step() {
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
