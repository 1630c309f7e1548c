package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.protocol.v1.VersionOutcomes;

import java.time.Duration;
import java.util.List;

class VerdictTest {

    private static final Duration HOLD = Duration.ofSeconds(30);
    private static final CanaryPolicy POLICY =
            new CanaryPolicy(List.of(10), new CanaryPolicy.Thresholds(0.05, 2, 20), HOLD, false);

    @Test
    void waitsForEnoughItemsAndForTheTime() {
        assertEquals(Verdict.Kind.WAIT, of(outcomes(100, 0, 1), outcomes(0, 19, 1), HOLD));
        assertEquals(
                Verdict.Kind.WAIT,
                of(outcomes(100, 0, 1), outcomes(20, 0, 1), HOLD.minusMillis(1)));
        assertEquals(Verdict.Kind.HELD, of(outcomes(100, 0, 1), outcomes(20, 0, 1), HOLD));
    }

    @Test
    void comparesFailuresWithTheOldVersions() {
        assertEquals(
                Verdict.Kind.BROKEN, of(outcomes(100, 0, 1), outcomes(94, 6, 1), Duration.ZERO));
        assertEquals(Verdict.Kind.HELD, of(outcomes(100, 0, 1), outcomes(95, 5, 1), HOLD));
        assertEquals(Verdict.Kind.HELD, of(outcomes(50, 50, 1), outcomes(46, 54, 1), HOLD));
        assertEquals(Verdict.Kind.BROKEN, of(outcomes(50, 50, 1), outcomes(44, 56, 1), HOLD));
    }

    @Test
    void comparesHowLong19Of20ItemsTake() {
        VersionOutcomes old = timed(100, 0, 40); // 13.5 to 16 ms
        assertEquals(Verdict.Kind.BROKEN, of(old, timed(100, 0, 45), Duration.ZERO));
        assertEquals(Verdict.Kind.HELD, of(old, timed(100, 0, 44), HOLD));
        VersionOutcomes fewSlow = timed(96, 40, 60).toBuilder().setOk(100).build();
        assertEquals(Verdict.Kind.HELD, of(old, fewSlow, HOLD), "4 of 100 are slow");
        VersionOutcomes moreSlow = timed(94, 40, 60).toBuilder().setOk(100).build();
        assertEquals(Verdict.Kind.BROKEN, of(old, moreSlow, HOLD), "6 of 100 are slow");
        assertEquals(Verdict.Kind.HELD, of(timed(100, 0, 8), timed(100, 0, 32), HOLD), "5 ms");
    }

    @Test
    void saysWhereToLookWhenGroupsDoNotOpen() {
        VersionOutcomes tried = outcomes(10, 10, 1).toBuilder().setRefusedGroups(9).build();
        assertEquals(
                "10 of 20 items failed (for 9 of them a group did not open, see the workers' logs),"
                        + " 0 of 100 on the old version",
                Verdict.of(POLICY, outcomes(100, 0, 1), tried, HOLD).text());
    }

    @Test
    void aLatencyThatCannotBeJudgedIsSaid() {
        Verdict few = Verdict.of(POLICY, timed(19, 0, 8), timed(100, 0, 60), HOLD);
        assertEquals(Verdict.Kind.HELD, few.kind());
        assertEquals(
                "0 of 100 items failed, 0 of 19 on the old version; latency not judged: only 19 of"
                        + " 20 items of the old version",
                few.text());
        VersionOutcomes untimed = VersionOutcomes.newBuilder().setOk(20).setTimedItems(3).build();
        assertEquals(
                "0 of 20 items failed, 0 of 100 on the old version; latency not judged: only 3 of"
                        + " 20 items of the new version",
                Verdict.of(POLICY, timed(100, 0, 8), untimed, HOLD).text());
        CanaryPolicy without =
                new CanaryPolicy(
                        List.of(10), new CanaryPolicy.Thresholds(0.05, 0, 20), HOLD, false);
        assertEquals(
                "0 of 100 items failed, 0 of 19 on the old version",
                Verdict.of(without, timed(19, 0, 8), timed(100, 0, 8), HOLD).text());
    }

    @Test
    void aStepMayLackItsItemsForSoLong() {
        CanaryPolicy policy =
                new CanaryPolicy(
                        List.of(10),
                        0,
                        new CanaryPolicy.Thresholds(0.05, 2, 20),
                        HOLD,
                        false,
                        Duration.ofMinutes(1));
        VersionOutcomes some = outcomes(3, 0, 1);
        Verdict before = Verdict.of(policy, some, some, Duration.ofSeconds(59));
        assertEquals(Verdict.Kind.WAIT, before.kind());
        Verdict after = Verdict.of(policy, some, some, Duration.ofSeconds(60));
        assertEquals(Verdict.Kind.OVERDUE, after.kind());
        assertEquals("only 3 of 20 items came within 60 s", after.text());
        VersionOutcomes enough = outcomes(20, 0, 1);
        assertEquals(
                Verdict.Kind.HELD, Verdict.of(policy, some, enough, Duration.ofHours(1)).kind());
    }

    /// All in one bucket, or the first so many in one and the rest of 100 in another.
    private static VersionOutcomes timed(int items, int firstBucket, int bucket) {
        VersionOutcomes.Builder timed = VersionOutcomes.newBuilder().setOk(items);
        boolean isSplit = firstBucket > 0;
        for (int i = 0; i < bucket; i++) {
            timed.addTimedBuckets(isSplit && i == firstBucket ? items : 0);
        }
        return timed.addTimedBuckets(isSplit ? 100 - items : items)
                .setTimedItems(isSplit ? 100 : items)
                .build();
    }

    private static Verdict.Kind of(VersionOutcomes old, VersionOutcomes tried, Duration passed) {
        return Verdict.of(POLICY, old, tried, passed).kind();
    }

    private static VersionOutcomes outcomes(long ok, long failed, long meanMs) {
        return VersionOutcomes.newBuilder()
                .setOk(ok)
                .setFailed(failed)
                .setTimedItems(ok + failed)
                .setTimedUs((ok + failed) * meanMs * 1_000)
                .build();
    }
}
