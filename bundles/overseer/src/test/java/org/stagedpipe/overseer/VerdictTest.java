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
    void comparesHowLongItemsTake() {
        assertEquals(
                Verdict.Kind.BROKEN, of(outcomes(100, 0, 10), outcomes(100, 0, 21), Duration.ZERO));
        assertEquals(Verdict.Kind.HELD, of(outcomes(100, 0, 10), outcomes(100, 0, 20), HOLD));
        assertEquals(Verdict.Kind.HELD, of(outcomes(100, 0, 1), outcomes(100, 0, 6), HOLD));
        assertEquals(Verdict.Kind.HELD, of(outcomes(0, 0, 0), outcomes(100, 0, 500), HOLD));
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
