package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;

/// Two requests of one key at one marked stage.
@Timeout(30)
class KeysTest {

    private static final long BIT = 1;

    private final Pipelines<Integer, String> pipelines =
            Machines.asleep(Machines.<Integer, String>mapping(x -> x));
    private final Group<Integer, String> group = pipelines.group("").open();
    private final Keys<Integer, String> keys =
            new Keys<>(
                    new KeyOrder<>(
                            request -> "key", pipelines.settings().machine().stages(), 0, false),
                    new SpinLock(),
                    new Figures<>(pipelines.settings()));
    private final Segment<Integer, String> segment = new Segment<>();

    KeysTest() {
        keys.append(segment);
    }

    private KeyedRequest<Integer, String> add(int sequence) {
        return add("key", sequence);
    }

    private KeyedRequest<Integer, String> add(String key, int sequence) {
        KeyedRequest<Integer, String> request =
                new KeyedRequest<>(group, sequence, 1, sequence, null);
        request.key(key);
        keys.add(request, sequence);
        segment.set(sequence, request);
        return request;
    }

    /// The cancel ends the request before it, and so makes it its turn.
    @Test
    void aRequestThatIsCancelledDoesNotEnterWhenItsTurnComes() throws Exception {
        KeyedRequest<Integer, String> first = add(0);
        KeyedRequest<Integer, String> second = add(1);
        FutureTask<Boolean> entering = new FutureTask<>(() -> keys.await(second, BIT));
        Thread thread = Thread.ofPlatform().start(entering);
        Eventually.holds("it waits", () -> LockSupport.getBlocker(thread) == keys);
        group.cancel("stop");
        keys.end(first, false);
        assertEquals(false, entering.get());
    }

    @Test
    void countsTheKeysOfTheWholeTable() {
        for (int i = 0; i < 200; i++) {
            KeyedRequest<Integer, String> request = add("key" + i, i);
            if (i % 2 == 1) {
                keys.end(request, false);
            }
        }
        assertEquals(100, keys.size());
        assertTrue(keys.length() > 256, "counted in several parts: " + keys.length());
    }

    @Test
    @Timeout(15)
    void manyRequestsOfOneKeyWithoutABoundEndInTime() throws Exception {
        int many = 200_000;
        CountDownLatch gate = new CountDownLatch(1);
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    gate.await();
                    return Stage.end();
                });
        try (var one =
                        Pipelines.of(machine)
                                .keyed(request -> "key", List.of("work"), 0, false)
                                .open();
                var behind = one.group("").window(Integer.MAX_VALUE).open()) {
            behind.submitAll(Collections.nCopies(many, 0));
            assertEquals(1, one.stats().keys().keys());
            gate.countDown();
            behind.close();
            assertEquals(many, behind.counts().ok());
        }
    }
}
