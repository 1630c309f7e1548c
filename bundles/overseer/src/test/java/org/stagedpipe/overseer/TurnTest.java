package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.Objects;

class TurnTest {

    private static final Duration LONG = Duration.ofSeconds(10);

    private final Turn turn = new Turn();

    @Test
    void oneChangeAtATimeAndTheOtherIsToldWhich() throws Exception {
        try (Turn.Held _ = turn.take("update fish", "fish")) {
            CallException refused =
                    assertThrows(CallException.class, () -> turn.take("label fish", "fish"));
            assertEquals(Kind.CONFLICT, refused.kind());
            assertEquals(
                    "label fish: update fish is running (expected: one change at a time)",
                    refused.getMessage());
        }
        turn.take("update fish", "fish").close();
    }

    @Test
    void changesOfSeveralPluginsAndLibrariesGoSideBySideButForWhatGoesAlone() throws Exception {
        Library csv = new Library("csv", "1.0.0", "0".repeat(64), 1);
        try (Turn.Held _ = turn.take("update fish", "fish");
                Turn.Held _ = turn.take("update crab", "crab");
                Turn.Held _ = turn.takeFor(csv)) {
            assertThrows(CallException.class, () -> turn.takeFor(csv));
            assertThrows(CallException.class, () -> turn.takeAlone("forget node o2"));
            assertThrows(CallException.class, turn::sweep);
        }
        try (Turn.Held _ = turn.takeAlone("forget node o2")) {
            assertThrows(CallException.class, () -> turn.take("update fish", "fish"));
            assertThrows(CallException.class, () -> turn.takeFor(csv));
        }
    }

    @Test
    void changesWaitForTheSweeperAndItForNone() throws Exception {
        Turn.Held sweep = turn.sweep();
        try (InBackground<?> end = InBackground.of(() -> ended(sweep));
                Turn.Held _ = turn.take("update fish", "fish")) {
            end.await();
            assertThrows(CallException.class, turn::sweep);
        }
    }

    @Test
    void aRollbackGoesBesideWhatRuns() throws Exception {
        try (Turn.Held _ = turn.sweep()) {
            beside("crab", Duration.ZERO).close();
        }
        try (Turn.Held _ = turn.take("update fish", "fish");
                Turn.Held _ = beside("crab", Duration.ZERO)) {
            assertNull(turn.takeBeside("rollback of fish", "fish", Duration.ZERO));
        }
        try (Turn.Held _ = beside("crab", Duration.ZERO)) {
            beside("fish", Duration.ZERO).close();
            turn.take("update fish", "fish").close();
            assertThrows(CallException.class, () -> turn.take("update crab", "crab"));
        }
    }

    @Test
    void aRollbackWaitsForChangesOfItsOwnPlugin() throws Exception {
        Turn.Held update = turn.take("update fish", "fish");
        try (InBackground<?> end = InBackground.of(() -> ended(update))) {
            beside("fish", LONG).close();
            end.await();
        }
    }

    @Test
    void whoEndsTwiceEndsNobodyElse() throws Exception {
        Turn.Held first = beside("fish", Duration.ZERO);
        first.close();
        try (Turn.Held _ = beside("fish", Duration.ZERO)) {
            first.close();
            assertThrows(CallException.class, () -> turn.take("update fish", "fish"));
        }
    }

    private Turn.Held beside(String plugin, Duration patience) throws InterruptedException {
        return Objects.requireNonNull(turn.takeBeside("rollback of " + plugin, plugin, patience));
    }

    private static boolean ended(Turn.Held held) {
        held.close();
        return true;
    }
}
