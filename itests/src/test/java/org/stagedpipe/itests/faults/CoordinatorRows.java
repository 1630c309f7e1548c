package org.stagedpipe.itests.faults;

import java.util.List;

/// Coordinators that die and freeze.
final class CoordinatorRows {

    static final List<Row> ALL =
            List.of(
                    Row.of("coordinator-killed", CoordinatorRows::killed),
                    Row.of("coordinator-killed-keyed", CoordinatorRows::killedKeyed),
                    Row.of("coordinator-frozen", CoordinatorRows::frozen),
                    Row.of("coordinators-killed-in-turn", CoordinatorRows::killedInTurn));

    private CoordinatorRows() {}

    private static void killed(Round round) throws Exception {
        kill(round, round.coordinatorInUse());
        round.mustHit("no group had to go elsewhere", () -> round.resumes() > 0);
    }

    /// A keyed group goes on elsewhere, with what has no outcome of each key in its order.
    private static void killedKeyed(Round round) throws Exception {
        Load keyed = round.startBeside(Load.Shape.KEYED);
        round.awaitAnswers(keyed, 300);
        kill(round, keyed.coordinator());
        round.mustHit("the keyed group did not go elsewhere", () -> keyed.resumes() > 0);
        round.awaitAnswers(keyed, 600);
        round.note(() -> keyed.book().answered() + " items of 60 keys");
    }

    private static void kill(Round round, String coordinator) throws Exception {
        long killedMs = System.currentTimeMillis();
        round.cluster().node(coordinator).kill();
        round.awaitProgress(100, 2);
        round.mustGoOn(Goal.KILLED_COORDINATOR, killedMs);
    }

    /// One after the other, and each comes back: every group moves twice at most.
    private static void killedInTurn(Round round) throws Exception {
        for (String coordinator : FaultCluster.COORDINATORS) {
            kill(round, coordinator);
            round.cluster().heal();
        }
        round.mustHit(
                "not every group had to go elsewhere",
                () -> round.loads().stream().allMatch(load -> load.resumes() > 0));
    }

    /// It wakes up with groups that have gone elsewhere.
    private static void frozen(Round round) throws Exception {
        String coordinator = round.coordinatorInUse();
        round.cluster().node(coordinator).freeze();
        long frozenMs = System.currentTimeMillis(); // what began before may have left it before
        round.awaitProgress(100, 2);
        round.mustGoOn(Goal.SILENT_COORDINATOR, frozenMs);
        round.mustHit("no group had to go elsewhere", () -> round.resumes() > 0);
        round.cluster().node(coordinator).thaw();
        round.awaitProgress(100, 2);
    }
}
