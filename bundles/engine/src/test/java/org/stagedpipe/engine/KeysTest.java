package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// Two requests of one key at one marked stage.
@Timeout(30)
class KeysTest {

    private static final long BIT = 1;
    private static final int MANY = 200_000;

    private final Pipelines<Integer, String> pipelines =
            Machines.asleep(Machines.<Integer, String>mapping(x -> x));
    private final Group<Integer, String> group = pipelines.group("").open();
    private final Keys<Integer, String> keys = keys(0);
    private final Segment<Integer, String> segment = new Segment<>();

    KeysTest() {
        keys.append(segment);
    }

    private Keys<Integer, String> keys(int depth) {
        return keys(depth, false);
    }

    private Keys<Integer, String> keys(int depth, boolean stopOnFault) {
        return new Keys<>(
                new KeyOrder<>(
                        request -> "key",
                        pipelines.settings().machine().stages(),
                        depth,
                        stopOnFault),
                new SpinLock(),
                new Figures<>(pipelines.settings()));
    }

    private KeyedRequest<Integer, String> add(int sequence) {
        return add("key", sequence);
    }

    private KeyedRequest<Integer, String> add(String key, int sequence) {
        return add(keys, key, sequence);
    }

    private KeyedRequest<Integer, String> add(Keys<Integer, String> to, String key, int sequence) {
        KeyedRequest<Integer, String> request = request(key, sequence);
        assertTrue(to.add(request, sequence));
        segment.set(sequence, request);
        return request;
    }

    private KeyedRequest<Integer, String> request(String key, int sequence) {
        KeyedRequest<Integer, String> request =
                new KeyedRequest<>(group, sequence, 1, sequence, null);
        request.key(key);
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

    /// Else the third one would begin before the first, and wait at a stage for what nobody has begun.
    @Test
    void aRequestThatIsCancelledBeforeItsTurnDoesNotLetTheNextOneBegin() {
        KeyedRequest<Integer, String> first = add(0);
        KeyedRequest<Integer, String> second = add(1);
        KeyedRequest<Integer, String> third = add(2);
        assertFalse(keys.begin(second), "the first one is not begun");
        group.cancel("stop");
        assertTrue(keys.begin(second), "it goes on to its end");
        assertFalse(second.isBegun());
        keys.end(second, false);
        assertSame(first, third.earlier);
        assertTrue(keys.begin(first) && first.isBegun());
    }

    private Run<Integer, String> alone(KeyedRequest<Integer, String> request) {
        int index = (int) request.position;
        return new Run<>(group, segment, index, index + 1);
    }

    @Test
    void whoIsPutOffComesBackWhenTheOneBeforeBegins() {
        assertTrue(keys.begin(comesBackAfter(first -> assertTrue(keys.begin(first)))));
    }

    @Test
    void whoIsPutOffComesBackWhenTheOneBeforeLeaves() {
        comesBackAfter(first -> keys.end(first, false));
    }

    /// It had begun when the other one came, whose thread did not see it yet.
    @Test
    void whoIsPutOffComesBackWhenTheOneBeforePasses() {
        comesBackAfter(first -> keys.pass(first, BIT));
    }

    private KeyedRequest<Integer, String> comesBackAfter(
            Consumer<KeyedRequest<Integer, String>> step) {
        KeyedRequest<Integer, String> first = add(0);
        KeyedRequest<Integer, String> second = add(1);
        Run<Integer, String> run = alone(second);
        assertFalse(keys.begin(second), "the first one is not begun");
        assertTrue(keys.putOff(second, run));
        assertNull(group.inlet().drain());
        step.accept(first);
        assertSame(run, group.inlet().drain());
        assertNull(group.inlet().drain(), "once");
        return second;
    }

    @Test
    void nobodyIsPutOffBehindOneThatHasBegunMeanwhile() {
        assertTrue(keys.begin(add(0)));
        KeyedRequest<Integer, String> second = add(1);
        assertFalse(keys.putOff(second, alone(second)));
    }

    @Test
    void nobodyIsPutOffThatWillEnterNoStage() {
        add(0);
        KeyedRequest<Integer, String> second = add(1);
        group.cancel("stop");
        assertFalse(keys.putOff(second, alone(second)));
    }

    @Test
    void aFaultBringsBackAllThatArePutOffBehindIt() {
        Keys<Integer, String> stopping = keys(0, true);
        stopping.append(segment);
        KeyedRequest<Integer, String> first = add(stopping, "key", 0);
        List<Run<Integer, String>> back = new ArrayList<>();
        for (int i = 1; i < 4; i++) {
            KeyedRequest<Integer, String> request = add(stopping, "key", i);
            back.add(alone(request));
            assertTrue(stopping.putOff(request, back.getLast()));
        }
        stopping.end(first, true);
        back.forEach(run -> assertSame(run, group.inlet().drain()));
        assertNull(group.inlet().drain());
    }

    @Test
    void whoComesLaterIsBehindItsKeyThoughTheLastOneOfAnotherKeyHasEnded() {
        add("a", 0);
        KeyedRequest<Integer, String> last = add("a", 1);
        KeyedRequest<Integer, String> before = add("b", 2);
        keys.end(last, false);
        assertSame(before, add("b", 3).earlier);
    }

    @Test
    void aFaultStopsAllThatComesUntilItsKeyHasDrained() {
        Keys<Integer, String> stopping = keys(0, true);
        stopping.append(segment);
        List<KeyedRequest<Integer, String>> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(add(stopping, "key", i));
            if (i == 1) {
                stopping.end(all.getFirst(), true);
            }
            assertEquals(i > 0, all.getLast().doomed, "request " + i);
        }
        all.subList(1, 5).forEach(request -> stopping.end(request, true));
        assertFalse(add(stopping, "key", 5).doomed);
    }

    @Test
    void aFaultOfTheLastOneStopsWhatComesWhileAnEarlierOneIsThere() {
        Keys<Integer, String> stopping = keys(0, true);
        stopping.append(segment);
        KeyedRequest<Integer, String> earlier = add(stopping, "key", 0);
        stopping.end(add(stopping, "key", 1), true);
        assertFalse(earlier.doomed);
        assertTrue(add(stopping, "key", 2).doomed);
    }

    @Test
    void whoIsTheLastOneAgainCountsThoseThatAreLeft() {
        Keys<Integer, String> bounded = keys(3);
        bounded.append(segment);
        KeyedRequest<Integer, String> first = add(bounded, "key", 0);
        add(bounded, "key", 1);
        KeyedRequest<Integer, String> last = add(bounded, "key", 2);
        bounded.end(first, false);
        bounded.end(last, false);
        add(bounded, "key", 3);
        assertTrue(bounded.mayAdd(request("key", 4)), "two of three");
    }

    /// One that was given up ends once more when its thread comes back.
    @Test
    void whoEndsTwiceMakesRoomForOne() {
        int depth = Keys.MOST_WALKED + 1;
        Keys<Integer, String> bounded = keys(depth);
        bounded.append(segment);
        add(bounded, "key", 0);
        KeyedRequest<Integer, String> ended = add(bounded, "key", 1);
        for (int i = 2; i < depth; i++) {
            add(bounded, "key", i);
        }
        bounded.end(ended, false);
        bounded.end(ended, false);
        add(bounded, "key", depth);
        assertFalse(bounded.mayAdd(request("key", depth + 1)));
    }

    @Test
    void whoeverEndsMakesRoomForOneMoreOfItsKey() {
        for (int depth : List.of(3, Keys.MOST_WALKED, Keys.MOST_WALKED + 1)) {
            // one in the middle, the first one, one in the middle, the first one, the last one
            endAndAdd(depth, List.of(1, 0, depth, 2, depth + 3));
        }
    }

    private void endAndAdd(int depth, List<Integer> ending) {
        Keys<Integer, String> bounded = keys(depth);
        Segment<Integer, String> requests = new Segment<>();
        bounded.append(requests);
        List<KeyedRequest<Integer, String>> all = new ArrayList<>();
        for (int i = 0; i < depth + ending.size(); i++) {
            KeyedRequest<Integer, String> request = request("key", i);
            if (i >= depth) {
                assertFalse(bounded.mayAdd(request), depth + ": request " + i);
                assertFalse(bounded.add(request, i), depth + ": request " + i);
                bounded.end(all.get(ending.get(i - depth)), false);
            }
            assertTrue(bounded.mayAdd(request), depth + ": request " + i);
            assertTrue(bounded.add(request, i), depth + ": request " + i);
            requests.set(i, request);
            all.add(request);
        }
        all.forEach(request -> bounded.end(request, false));
        assertEquals(0, bounded.size());
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
        endManyOfOneKey(0);
    }

    @Test
    @Timeout(15)
    void manyRequestsOfOneKeyWithAHighBoundEndInTime() throws Exception {
        endManyOfOneKey(MANY);
    }

    private static void endManyOfOneKey(int depth) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    gate.await();
                    return Stage.end();
                });
        try (var one =
                        Pipelines.of(machine)
                                .keyed(request -> "key", List.of("work"), depth, false)
                                .open();
                var behind = one.group("").window(Integer.MAX_VALUE).open()) {
            behind.submitAll(Collections.nCopies(MANY, 0));
            assertEquals(1, one.stats().keys().keys());
            gate.countDown();
            behind.close();
            assertEquals(MANY, behind.counts().ok());
        }
    }
}
