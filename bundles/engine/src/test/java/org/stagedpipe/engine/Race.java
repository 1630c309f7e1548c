package org.stagedpipe.engine;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/// Lets two actors collide many times and sees that nothing but the listed outcomes occurs, and two of them if there are several.
final class Race {

    private static final int ROUNDS = 500;

    /// Until a second outcome has occurred.
    private static final int MOST_ROUNDS = 20 * ROUNDS;

    private Race() {}

    /// One collision: made anew for each round.
    interface Round {

        void first() throws Exception;

        void second() throws Exception;

        /// What came of it, once both are through.
        String outcome() throws Exception;
    }

    static void run(Set<String> legal, Callable<Round> rounds) throws Exception {
        Map<String, Integer> seen = new TreeMap<>();
        try (ExecutorService second = Executors.newSingleThreadExecutor()) {
            for (int i = 0; i < ROUNDS || i < MOST_ROUNDS && isOneSided(legal, seen); i++) {
                Round round = rounds.call();
                String outcome;
                try {
                    outcome = collide(round, second, i % 64);
                } catch (TimeoutException e) {
                    second.shutdownNow(); // to close it would wait for whoever hangs
                    throw e;
                }
                if (!legal.contains(outcome)) {
                    throw new AssertionError(
                            "round " + i + ": " + outcome + " (expected: one of " + legal + ")");
                }
                seen.merge(outcome, 1, Integer::sum);
            }
        }
        if (isOneSided(legal, seen)) {
            throw new AssertionError(
                    "they never collide: " + seen + " (expected: two of " + legal + ")");
        }
    }

    private static boolean isOneSided(Set<String> legal, Map<String, Integer> seen) {
        return legal.size() > 1 && seen.size() < 2;
    }

    /// Starts both at once, one of them up to some dozen spins later: first the one, then the other.
    private static String collide(Round round, ExecutorService second, int lag) throws Exception {
        AtomicInteger ready = new AtomicInteger();
        Future<?> other =
                second.submit(() -> {
                    meet(ready, lag < 32 ? 0 : (lag - 32) * 8);
                    round.second();
                    return null;
                });
        meet(ready, lag < 32 ? lag * 8 : 0);
        round.first();
        other.get(10, TimeUnit.SECONDS);
        return round.outcome();
    }

    private static void meet(AtomicInteger ready, int spins) {
        ready.incrementAndGet();
        for (int i = 0; ready.get() < 2; i++) {
            if (i % 100 == 99) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
        for (int i = 0; i < spins; i++) {
            Thread.onSpinWait();
        }
    }
}
