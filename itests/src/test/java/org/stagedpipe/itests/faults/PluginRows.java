package org.stagedpipe.itests.faults;

import org.stagedpipe.api.Fault;
import org.stagedpipe.itests.faults.EchoItem.Misdeed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Items whose stage does what no stage should, and workers that somebody starts again.
final class PluginRows {

    static final List<Row> ALL =
            List.of(
                    Row.of("plugin-poison", round -> poison(round, Misdeed.HALT, 9)),
                    Row.of("plugin-exits", round -> poison(round, Misdeed.EXIT, 1)),
                    Row.of("plugin-out-of-memory", round -> poison(round, Misdeed.ALLOCATE, 3)),
                    Row.of("plugin-loops", PluginRows::loops),
                    Row.of("plugin-throws", PluginRows::fails),
                    Row.of("plugin-poison-two-coordinators", PluginRows::poisonBesideAnother));

    private static final int DEATHS = 3; // convict
    private static final Duration JUDGED_WITHIN = Duration.ofSeconds(90);

    private PluginRows() {}

    /// All groups are on one coordinator.
    ///
    /// @param status with which each worker must end that runs it
    private static void poison(Round round, Misdeed misdeed, int status) throws Exception {
        gather(round);
        poison(round, anyLoad(round), misdeed, status);
    }

    /// The same with a group on the other coordinator.
    private static void poisonBesideAnother(Round round) throws Exception {
        Load load = anyLoad(round);
        String other =
                FaultCluster.COORDINATORS.stream()
                        .filter(each -> !each.equals(load.coordinator()))
                        .findFirst()
                        .orElseThrow();
        Load innocent = round.startBeside(Load.Shape.SMALL, other);
        round.awaitAnswers(innocent, 100);
        poison(round, load, Misdeed.HALT, 9);
        round.awaitAnswers(innocent, 100);
    }

    private static Load anyLoad(Round round) {
        return round.loads().get(round.random().nextInt(round.loads().size()));
    }

    /// The item is convicted after three deaths, its neighbours and the other groups are not.
    private static void poison(Round round, Load load, Misdeed misdeed, int status)
            throws Exception {
        load.misbehave(misdeed, Fault.Kind.POISON);
        List<Integer> ended = awaitFaults(round, load, 1);
        List<Fault> faults = load.book().faults();
        round.note(() -> load.shape().name() + ": " + faults);
        round.mustHit("no worker ended", () -> !ended.isEmpty());
        if (!ended.stream().allMatch(each -> each == status)) {
            round.wrong("workers ended with " + ended + " (expected: " + status + " each)");
        }
        if (ended.size() > DEATHS || faults.stream().anyMatch(fault -> fault.attempt() > DEATHS)) {
            round.wrong(ended.size() + " workers ended, " + faults + " (expected: at most 3)");
        }
    }

    private static void gather(Round round) throws Exception {
        round.cluster().node("c2").stop();
        round.cluster()
                .until(
                        "all groups are on c1",
                        () ->
                                round.loads().stream()
                                        .allMatch(load -> load.coordinator().equals("c1")));
        round.awaitProgress(100, 2);
    }

    /// The item fails by its deadline, at its first attempt; its group and the others go on, on that worker too.
    private static void loops(Round round) throws Exception {
        Load load = round.startBeside(Load.Shape.HURRIED);
        round.awaitAnswers(load, 100);
        load.misbehave(Misdeed.LOOP, Fault.Kind.DEADLINE);
        List<Integer> ended = awaitFaults(round, load, 1);
        List<Fault> faults = load.book().faults();
        round.note(faults::toString);
        if (!ended.isEmpty() || faults.stream().anyMatch(fault -> fault.attempt() > 1)) {
            round.wrong("workers ended with " + ended + ", " + faults);
        }
        round.awaitAnswers(load, 200);
        load.finish();
        load.awaitEnd();
        for (String worker : FaultCluster.WORKERS) { // the stage still loops on one of them
            round.cluster().node(worker).kill();
            round.cluster().restart(worker);
        }
    }

    /// The items fail at their first attempts, their neighbours do not; no worker ends.
    private static void fails(Round round) throws Exception {
        for (Misdeed misdeed : List.of(Misdeed.THROW, Misdeed.RECURSE)) {
            for (Load load : round.loads()) {
                int before = load.book().faults().size();
                load.misbehave(misdeed, Fault.Kind.STAGE);
                List<Integer> ended = awaitFaults(round, load, before + 1);
                List<Fault> faults = load.book().faults();
                if (!ended.isEmpty() || faults.stream().anyMatch(fault -> fault.attempt() > 1)) {
                    round.wrong("workers ended with " + ended + ", " + faults);
                }
            }
            round.awaitProgress(100, 2);
        }
        List<Load> loads = round.loads();
        round.note(() -> "each group: " + loads.getFirst().book().faults());
    }

    /// Starts workers again until that many items have failed as they must.
    ///
    /// @return with what the workers ended
    private static List<Integer> awaitFaults(Round round, Load load, int count) throws Exception {
        List<Integer> ended = new ArrayList<>();
        long end = System.nanoTime() + JUDGED_WITHIN.toNanos();
        while (load.book().faults().size() < count && !load.hasEnded()) {
            if (System.nanoTime() > end) {
                round.wrong("no fault within " + JUDGED_WITHIN.toSeconds() + " s");
                return ended;
            }
            Thread.sleep(20);
            ended.addAll(round.cluster().revive());
        }
        ended.addAll(round.cluster().revive());
        return ended;
    }
}
