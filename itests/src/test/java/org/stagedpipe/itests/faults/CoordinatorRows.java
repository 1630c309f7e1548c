package org.stagedpipe.itests.faults;

import java.util.List;

/// Coordinators that die and freeze.
final class CoordinatorRows {

    private static final long RESUMED_MS = 5_000;

    static final List<Row> ALL =
            List.of(
                    Row.of("coordinator-killed", CoordinatorRows::killed),
                    Row.of("coordinator-frozen", CoordinatorRows::frozen),
                    Row.of("coordinators-killed-in-turn", CoordinatorRows::killedInTurn));

    private CoordinatorRows() {}

    private static void killed(Round round) throws Exception {
        kill(round, round.oneOf(FaultCluster.COORDINATORS));
    }

    private static void kill(Round round, String coordinator) throws Exception {
        long killedMs = System.currentTimeMillis();
        round.cluster().node(coordinator).kill();
        round.awaitProgress(100, 2);
        round.note(() -> Latency.resumed(round.loads(), killedMs, RESUMED_MS));
    }

    /// One after the other, and each comes back: every group moves twice at most.
    private static void killedInTurn(Round round) throws Exception {
        for (String coordinator : FaultCluster.COORDINATORS) {
            kill(round, coordinator);
            round.cluster().heal();
        }
    }

    /// It wakes up with groups that have gone elsewhere.
    private static void frozen(Round round) throws Exception {
        String coordinator = round.oneOf(FaultCluster.COORDINATORS);
        long frozenMs = System.currentTimeMillis();
        round.cluster().node(coordinator).freeze();
        round.awaitProgress(100, 2);
        round.note(() -> Latency.resumed(round.loads(), frozenMs, 3_000 + RESUMED_MS));
        round.cluster().node(coordinator).thaw();
        round.awaitProgress(100, 2);
    }
}
