package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.engine.GroupTest.next;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/// A slow request at the head of a run holds up nothing that is behind it there.
@Timeout(60)
class SlowBeginTest {

    private static final String SLOW = "slow";
    private static final String BUSY = "busy";

    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch slowBegan = new CountDownLatch(1);
    private final Stage<String, String> end = Stage.of("end", request -> Stage.end());
    private final Stage<String, String> begin = Stage.of("begin", this::enter);

    private Stage<String, String> enter(Request<String, String> request) throws Exception {
        if (request.data().equals(SLOW)) {
            slowBegan.countDown();
            gate.await(20, TimeUnit.SECONDS); // not for ever, or a failure would not be told
        } else if (request.data().equals(BUSY)) {
            Thread.sleep(1); // so its group always has more
        }
        return end;
    }

    /// Two threads.
    private PipelinesBuilder<String, String> pipelines() {
        return Pipelines.of(StateMachine.of(begin, end));
    }

    @AfterEach
    void release() {
        gate.countDown();
    }

    private static <D> void expectFast(Group<D, String> group) {
        for (int i = 0; i < 60; i++) {
            group.inlet().learn(1, 1); // one thread takes many
        }
    }

    /// The second thread takes the later half of the run, which is behind the earlier one by its keys.
    @Test
    void whoIsBehindARequestThatNobodyHasBegunTakesThatFirst() throws Exception {
        try (var pipelines =
                        pipelines().keyed(Request::data, List.of("begin", "end"), 0, false).open();
                var group = pipelines.group("").open()) {
            expectFast(group);
            List<String> items = new ArrayList<>(List.of(SLOW));
            IntStream.range(0, 120).forEach(i -> items.add("key" + i % 40));
            group.submitAll(items);
            for (int i = 0; i < 120; i++) {
                assertTrue(next(group).sequence() > 0, "the slow one is held");
            }
            gate.countDown();
            assertEquals(0, next(group).sequence());
        }
    }

    /// What is given back comes before what came in later, in whichever way it is cut.
    @Test
    void requestsOfAKeyKeepTheirOrderWhateverIsGivenBack() throws Exception {
        Map<Integer, Integer> last = new ConcurrentHashMap<>();
        List<String> violations = new CopyOnWriteArrayList<>();
        Stage<int[], String> write =
                Stage.of(
                        "write",
                        request -> {
                            int[] item = request.data();
                            Integer before = last.put(item[0], item[1]);
                            if (before != null && before >= item[1]) {
                                violations.add(item[0] + ": " + item[1] + " after " + before);
                            }
                            return Stage.end();
                        });
        Stage<int[], String> read =
                Stage.of(
                        "read",
                        request -> {
                            if (ThreadLocalRandom.current().nextInt(500) == 0) {
                                Thread.sleep(5); // longer than anybody's patience
                            }
                            return write;
                        });
        Map<Integer, Integer> numbers = new HashMap<>();
        try (var pipelines =
                        Pipelines.of(StateMachine.of(read, write))
                                .parallelism(3)
                                .keyed(request -> request.data()[0], List.of("write"), 0, false)
                                .open();
                var group = pipelines.group("").open()) {
            for (int round = 0; round < 20; round++) {
                expectFast(group);
                List<int[]> items = new ArrayList<>();
                for (int i = 0; i < 1_000; i++) {
                    int key = ThreadLocalRandom.current().nextInt(50);
                    items.add(new int[] {key, numbers.merge(key, 1, Integer::sum)});
                }
                group.submitAll(items);
                for (int i = 0; i < 1_000; i++) {
                    next(group);
                }
            }
            assertEquals(List.of(), violations);
            assertEquals(20_000, group.counts().ok());
        }
    }

    /// Threads steal when there is nothing else to do; here there always is.
    @Test
    void theRestOfARunIsTakenThoughAnotherGroupKeepsAllThreadsBusy() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        try (var pipelines = pipelines().open();
                var busy = pipelines.group("").open();
                var group = pipelines.group("").open()) {
            expectFast(group);
            List<String> items = new ArrayList<>(List.of(SLOW));
            IntStream.range(0, 100).forEach(i -> items.add("item"));
            Thread load = Thread.ofPlatform().start(() -> keepBusy(busy, stop));
            Thread unload = Thread.ofPlatform().start(() -> busy.forEach(outcome -> {}));
            try {
                Eventually.holds("it is busy", () -> busy.counts().accepted() > 1_000);
                group.submitAll(items);
                slowBegan.await();
                for (int i = 0; i < 100; i++) {
                    assertTrue(next(group).sequence() > 0, "the slow one is held");
                }
                gate.countDown();
                assertEquals(0, next(group).sequence());
            } finally {
                stop.set(true);
                load.join();
                unload.join();
            }
        }
    }

    private static void keepBusy(Group<String, String> busy, AtomicBoolean stop) {
        try {
            while (!stop.get()) {
                busy.submit(BUSY);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            busy.finish();
        }
    }
}
