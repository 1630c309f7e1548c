package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

class LeakBudgetTest {

    private static final int SPREAD_S = 300;
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final List<String> TWO = List.of("a, held by x", "b, held by y");

    @Test
    void workersThatPassTheirBudgetsTogetherGoOneAfterTheOther() {
        Set<Integer> seconds = new TreeSet<>();
        for (int worker = 0; worker < 10; worker++) {
            seconds.add(secondsUntilSaid(budget(worker)));
        }
        assertTrue(seconds.size() >= 8, seconds.toString());
    }

    private static int secondsUntilSaid(LeakBudget budget) {
        for (int second = 0; second <= SPREAD_S; second++) {
            if (budget.look(TWO, second * SECOND).isPresent()) {
                return second;
            }
        }
        throw new AssertionError("not within the spread");
    }

    @Test
    void saysWhatIsHeldOnceTheWaitIsOver() {
        LeakBudget budget = budget(1);
        assertEquals(Optional.empty(), budget.look(TWO, 0));
        assertEquals(
                Optional.of(
                        "2 class loaders of uninstalled plugins are held (expected: at most 1): a,"
                                + " held by x; b, held by y"),
                budget.look(TWO, SPREAD_S * SECOND));
    }

    @Test
    void whatIsCollectedLateDoesNotCount() {
        LeakBudget budget = budget(1);
        assertEquals(Optional.empty(), budget.look(TWO, 0));
        assertEquals(Optional.empty(), budget.look(TWO.subList(0, 1), SPREAD_S * SECOND));
    }

    private static LeakBudget budget(int seed) {
        return new LeakBudget(1, Duration.ofSeconds(SPREAD_S), new Random(seed));
    }
}
