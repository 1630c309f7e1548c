package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/// Requests that stay in the pipelines while very many others pass keep the order of their keys.
@Timeout(30)
class StragglersTest {

    private static final int OTHERS = 100_000;
    private static final int AT_ONCE = 250;

    private final CountDownLatch gate = new CountDownLatch(1);
    private final Set<Integer> entered = ConcurrentHashMap.newKeySet();

    /// Numbers below 0 are held; the key is the number without its sign.
    private final StateMachine<Integer, String> machine =
            Machines.single(request -> {
                entered.add(request.data());
                if (request.data() < 0) {
                    gate.await();
                }
                return Stage.end();
            });

    @Test
    void whoComesBehindAStragglerWaitsForIt() throws Exception {
        passOthersWhileHeld(1);
    }

    @Test
    void whoComesBehindOneOfManyThatAreHeldWaitsForIt() throws Exception {
        passOthersWhileHeld(17);
    }

    private void passOthersWhileHeld(int held) throws Exception {
        List<Integer> later = IntStream.rangeClosed(1, held).boxed().toList();
        try (var pipelines =
                        Pipelines.of(machine)
                                .parallelism(2 * held + 1)
                                .keyed(request -> Math.abs(request.data()), "work")
                                .open();
                var group = pipelines.group("").open();
                AutoCloseable opening = gate::countDown) {
            Keys<Integer, String> keys = group.requireKeys();
            group.submitAll(later.stream().map(number -> -number).toList());
            Eventually.holds("they are held", () -> pipelines.stats().running() == held);
            for (int i = 0; i < OTHERS; i += AT_ONCE) {
                group.submitAll(IntStream.range(i, i + AT_ONCE).map(n -> 100 + n).boxed().toList());
                take(group, AT_ONCE);
            }
            assertEquals(held, keys.stragglers());
            assertTrue(
                    keys.segments() <= 16, "those that are over are dropped: " + keys.segments());
            for (int number : later) {
                group.submit(number);
                Eventually.holds("waits", () -> pipelines.stats().keys().parkedWorkers() == number);
            }
            assertTrue(Collections.disjoint(entered, later), entered.toString());
            gate.countDown();
            take(group, 2 * held);
            assertEquals(0, keys.stragglers());
            assertEquals(0, keys.size());
        }
    }

    private static void take(Group<Integer, String> group, int outcomes) throws Exception {
        int left = outcomes;
        while (left > 0) {
            left -= group.drainOrWait(request -> {}, left);
        }
    }
}
