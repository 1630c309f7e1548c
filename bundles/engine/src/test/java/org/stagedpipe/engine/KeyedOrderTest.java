package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.engine.GroupTest.next;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/// Keyed order: E14, E15, E16, and W6.
@Timeout(30)
class KeyedOrderTest {

    /// An item of a key; the gates it waits at, by stage.
    record Item(String key, int number, Map<String, CountDownLatch> gates) {

        static Item of(String key, int number) {
            return new Item(key, number, Map.of());
        }

        static Item held(String key, int number, String stage, CountDownLatch gate) {
            return new Item(key, number, Map.of(stage, gate));
        }

        void pass(String stage) throws InterruptedException {
            CountDownLatch gate = gates.get(stage);
            if (gate != null) {
                gate.await();
            }
        }
    }

    private final List<String> log = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);

    /// Of the request with data 0.
    private WeakReference<Object> firstKey = new WeakReference<>(null);

    private final Stage<Item, String> load =
            Stage.of("load", request -> visit("load", request.data()));
    private final Stage<Item, String> enrich =
            Stage.of(
                    "enrich",
                    request -> {
                        visit("enrich", request.data());
                        return load;
                    });

    /// Odd numbers of key "skip" go round the marked stage.
    private final Stage<Item, String> clean =
            Stage.of(
                    "clean",
                    request -> {
                        visit("clean", request.data());
                        return request.data().key().equals("skip") ? Stage.end() : enrich;
                    });

    private final StateMachine<Item, String> machine = StateMachine.of(clean, enrich, load);

    private Stage<Item, String> visit(String stage, Item item) throws InterruptedException {
        item.pass(stage);
        log.add(stage + item.key() + item.number());
        return Stage.end();
    }

    private PipelinesBuilder<Item, String> keyed(int depth, boolean stop) {
        return Pipelines.of(machine)
                .parallelism(2)
                .keyed(request -> request.data().key(), List.of("load"), depth, stop);
    }

    @Test
    void e14RequestsOfOneKeyEnterAMarkedStageInSubmitOrder() throws Exception {
        try (var pipelines = keyed(0, false).open();
                var group = pipelines.group("").open()) {
            group.submit(Item.held("a", 0, "clean", gate));
            group.submit(Item.of("a", 1));
            group.submit(Item.of("b", 0));
            assertEquals(2, next(group).sequence(), "another key goes by");
            Eventually.holds(
                    "it waits, and stages that are not marked run in parallel",
                    () ->
                            log.contains("enricha1")
                                    && pipelines.stats().keys().parkedWorkers() == 1);
            gate.countDown();
            // the later one may end first: the order is that of entering
            assertEquals(Set.of(0L, 1L), Set.of(next(group).sequence(), next(group).sequence()));
            assertTrue(log.indexOf("loada0") < log.indexOf("loada1"), log.toString());
            assertTrue(pipelines.stats().keys().barrierWait().count() > 0);
        }
    }

    @Test
    void e14OneRequestOfAKeyIsInTheStageAtATime() throws Exception {
        Map<String, AtomicInteger> inside = new ConcurrentHashMap<>();
        List<String> violations = new CopyOnWriteArrayList<>();
        Map<String, Integer> last = new ConcurrentHashMap<>();
        Stage<Item, String> write =
                Stage.of(
                        "write",
                        request -> {
                            Item item = request.data();
                            AtomicInteger count =
                                    inside.computeIfAbsent(item.key(), k -> new AtomicInteger());
                            if (count.incrementAndGet() != 1) {
                                violations.add("two at once of " + item);
                            }
                            Integer before = last.put(item.key(), item.number());
                            if (before != null && before != item.number() - 1) {
                                violations.add(item + " after " + before);
                            }
                            Thread.yield();
                            count.decrementAndGet();
                            return Stage.end();
                        });
        Stage<Item, String> read =
                Stage.of(
                        "read",
                        request -> {
                            if (request.data().number() % 3 == 0) {
                                Thread.yield();
                            }
                            return write;
                        });
        try (var pipelines =
                        Pipelines.of(StateMachine.of(read, write))
                                .parallelism(4)
                                .keyed(request -> request.data().key(), "write")
                                .open();
                var group = pipelines.group("").window(Integer.MAX_VALUE).open()) {
            for (int number = 0; number < 500; number++) {
                for (String key : List.of("a", "b", "c", "d", "e", "f", "g")) {
                    group.submit(Item.of(key, number));
                }
            }
        }
        assertEquals(List.of(), violations);
        assertEquals(499, last.get("g"));
    }

    @Test
    void e14AStageMetAgainInALoopIsGatedTheFirstTimeOnly() throws Exception {
        CountDownLatch secondPassed = new CountDownLatch(1);
        AtomicReference<Stage<Item, String>> self = new AtomicReference<>();
        List<AtomicInteger> rounds = List.of(new AtomicInteger(), new AtomicInteger());
        Stage<Item, String> loop =
                Stage.of(
                        "loop",
                        request -> {
                            int number = request.data().number();
                            int round = rounds.get(number).incrementAndGet();
                            if (number == 0 && round == 2) {
                                secondPassed.await(); // the second request is in the same stage now
                            }
                            if (number == 1) {
                                secondPassed.countDown();
                            }
                            return round == 3 ? Stage.end() : Objects.requireNonNull(self.get());
                        });
        self.set(loop);
        try (var pipelines =
                        Pipelines.of(StateMachine.of(loop))
                                .parallelism(2)
                                .keyed(request -> request.data().key(), "loop")
                                .open();
                var group = pipelines.group("").open()) {
            group.submit(Item.of("a", 0));
            group.submit(Item.of("a", 1));
            assertInstanceOf(Outcome.Ok.class, next(group));
            assertInstanceOf(Outcome.Ok.class, next(group));
        }
    }

    @Test
    void e14ABranchRoundAMarkedStageReleasesItsSuccessors() throws Exception {
        KeyFunction<Item, String> oneKey = request -> "all";
        try (var pipelines = Pipelines.of(machine).keyed(oneKey, "load").open();
                var group = pipelines.group("").open()) {
            group.submit(Item.held("skip", 0, "clean", gate));
            group.submit(Item.of("a", 1));
            Eventually.holds("it waits", () -> pipelines.stats().keys().parkedWorkers() == 1);
            gate.countDown();
            // the later one may end first: it is let in before the one before it is handed out
            assertEquals(Set.of(0L, 1L), Set.of(next(group).sequence(), next(group).sequence()));
        }
    }

    @Test
    void e14RefusesWrongStagesWhenThePipelinesAreMade() {
        var builder = Pipelines.of(machine);
        KeyFunction<Item, String> key = request -> request.data().key();
        var unknown =
                assertThrows(IllegalArgumentException.class, () -> builder.keyed(key, "laod"));
        assertEquals(
                "marked stage: \"laod\" (expected: one of [clean, enrich, load])",
                unknown.getMessage());
        var none = assertThrows(IllegalArgumentException.class, () -> builder.keyed(key));
        assertEquals("marked stages: 0 (expected: 1..64)", none.getMessage());
        StateMachine<Item, String> many = Machines.chain(65, item -> item);
        String[] names = many.stages().stream().map(Stage::name).toArray(String[]::new);
        var tooMany =
                assertThrows(
                        IllegalArgumentException.class, () -> Pipelines.of(many).keyed(key, names));
        assertEquals("marked stages: 65 (expected: 1..64)", tooMany.getMessage());
        KeyFunction<Item, String> noKey = noKey();
        assertThrows(NullPointerException.class, () -> builder.keyed(noKey, "load"));
    }

    @SuppressWarnings("NullAway") // that is the test
    private static KeyFunction<Item, String> noKey() {
        return null;
    }

    @Test
    void e14SixtyFourStagesMayBeMarked() throws Exception {
        List<Stage<Item, String>> stages = new ArrayList<>();
        for (int i = 63; i >= 0; i--) {
            String name = "s" + i;
            Stage<Item, String> next = stages.isEmpty() ? Stage.end() : stages.getFirst();
            stages.addFirst(
                    Stage.of(
                            name,
                            request -> {
                                visit(name, request.data());
                                return next;
                            }));
        }
        String[] names = stages.stream().map(Stage::name).toArray(String[]::new);
        try (var pipelines =
                        Pipelines.of(new StateMachine<>(stages))
                                .keyed(request -> request.data().key(), names)
                                .open();
                var group = pipelines.group("").open()) {
            for (int last : List.of(0, 31, 32, 63)) {
                CountDownLatch held = new CountDownLatch(1);
                String key = "k" + last;
                group.submit(Item.held(key, 0, "s" + last, held));
                group.submit(Item.of(key, 1));
                Eventually.holds(
                        "it waits there",
                        () ->
                                pipelines.stats().keys().parkedWorkers() == 1
                                        && (last == 0 || log.contains("s" + (last - 1) + key + 1)));
                assertFalse(log.contains("s" + last + key + 1));
                held.countDown();
                assertInstanceOf(Outcome.Ok.class, next(group));
                assertInstanceOf(Outcome.Ok.class, next(group));
                for (String name : names) {
                    assertTrue(log.indexOf(name + key + 0) < log.indexOf(name + key + 1), name);
                }
            }
        }
    }

    @Test
    void e15RefusesANegativeDepth() {
        var refused = assertThrows(IllegalArgumentException.class, () -> keyed(-1, false));
        assertEquals("key depth: -1 (expected: >= 0)", refused.getMessage());
    }

    @Test
    void e15TheExcessOfAKeyWaitsInSubmitAndOtherKeysDoNot() throws Exception {
        try (var pipelines =
                        Pipelines.of(machine)
                                .parallelism(4)
                                .keyed(request -> request.data().key(), "load")
                                .open();
                var group = pipelines.group("").open()) {
            group.submit(Item.held("a", 0, "load", gate));
            for (int i = 1; i < 4; i++) {
                group.submit(Item.of("a", i));
            }
            assertEquals(Group.FULL, group.offer(Item.of("a", 4)));
            Thread fifth = Thread.ofVirtual().start(() -> submit(group, Item.of("a", 4)));
            Eventually.holds("it waits", () -> pipelines.stats().keys().admissionWaiters() == 1);
            group.submit(Item.of("b", 0));
            assertEquals(4, next(group).sequence());
            gate.countDown();
            Eventually.ends(fifth);
            for (int i = 0; i < 5; i++) {
                assertInstanceOf(Outcome.Ok.class, next(group));
            }
            assertEquals(0, pipelines.stats().keys().admissionWaiters());
        }
        assertTrue(log.indexOf("loada3") < log.indexOf("loada4"), log.toString());
    }

    @Test
    void whoWaitedForRoomAndNowForItsKeyIsCounted() throws Exception {
        try (var pipelines = keyed(1, false).open();
                var group = pipelines.group("").window(2).open();
                AutoCloseable opening = gate::countDown) {
            group.submit(Item.held("a", 0, "load", gate));
            group.submit(Item.of("b", 0)); // now the window is full
            Thread waiting = Thread.ofVirtual().start(() -> submit(group, Item.of("a", 1)));
            Eventually.holds("it waits", () -> waiting.getState() == Thread.State.WAITING);
            assertEquals(0, pipelines.stats().keys().admissionWaiters());
            assertEquals(1, next(group).sequence());
            Eventually.holds("counted", () -> pipelines.stats().keys().admissionWaiters() == 1);
            gate.countDown();
            Eventually.ends(waiting);
            assertEquals(0, pipelines.stats().keys().admissionWaiters());
        }
    }

    @Test
    void w6CancelReachesAKeyedSubmitThatWaits() throws Exception {
        try (var pipelines = keyed(1, false).open();
                var group = pipelines.group("").open()) {
            group.submit(Item.held("a", 0, "load", gate));
            Thread waiting = Thread.ofVirtual().start(() -> submit(group, Item.of("a", 1)));
            Eventually.holds("it waits", () -> pipelines.stats().keys().admissionWaiters() == 1);
            waiting.interrupt();
            Eventually.ends(waiting);
            Thread other = Thread.ofVirtual().start(() -> submit(group, Item.of("a", 1)));
            Eventually.holds("it waits", () -> pipelines.stats().keys().admissionWaiters() == 1);
            group.cancel("stop");
            Eventually.ends(other);
            assertInstanceOf(Outcome.Aborted.class, next(group));
            assertNull(group.take(), "neither of the waiting ones was accepted");
        }
    }

    /// The request that holds the key hears no interrupt, so its key stays full.
    @Test
    void w6CancelReachesAKeyedSubmitWhoseKeyStaysFull() throws Exception {
        StateMachine<String, String> deaf =
                Machines.single(request -> {
                    while (gate.getCount() > 0) {
                        Thread.onSpinWait();
                    }
                    return Stage.end();
                });
        try (var pipelines =
                        Pipelines.of(deaf)
                                .keyed(request -> "key", List.of("work"), 1, false)
                                .open();
                var group = pipelines.group("").open()) {
            try {
                group.submit("holds the key");
                Thread waiting =
                        Thread.ofPlatform()
                                .start(() ->
                                        assertThrows(
                                                GroupClosedException.class,
                                                () -> group.submit("waits for the key")));
                Eventually.holds(
                        "it waits", () -> pipelines.stats().keys().admissionWaiters() == 1);
                group.cancel("stop");
                Eventually.ends(waiting);
            } finally {
                gate.countDown();
            }
            assertEquals(1, group.counts().accepted());
        }
    }

    @Test
    void cancelReachesARequestThatWaitsAtAMarkedStage() throws Exception {
        try (var pipelines = keyed(0, false).open();
                var group = pipelines.group("").open()) {
            group.submit(Item.held("a", 0, "load", gate));
            group.submit(Item.of("a", 1));
            group.submit(Item.of("a", 2));
            Eventually.holds("they wait", () -> pipelines.stats().keys().parkedWorkers() == 2);
            group.cancel(1, "not that");
            Fault fault = assertInstanceOf(Outcome.Failed.class, next(group)).fault();
            assertEquals(new Fault(Fault.Kind.CANCELLED, "enrich", 1, "not that", false), fault);
            assertEquals(1, pipelines.stats().keys().parkedWorkers());
            gate.countDown();
            assertEquals(Set.of(0L, 2L), Set.of(next(group).sequence(), next(group).sequence()));
        }
    }

    @Test
    void e16AFaultStopsLaterRequestsOfItsKeyUntilItHasDrained() throws Exception {
        CountDownLatch lower = new CountDownLatch(1);
        Stage<Item, String> end = Stage.of("load", request -> visit("load", request.data()));
        Stage<Item, String> begin =
                Stage.of(
                        "clean",
                        request -> {
                            visit("clean", request.data());
                            if (request.data().number() == 1) {
                                throw new IllegalStateException("bad row");
                            }
                            return end;
                        });
        try (var pipelines =
                        Pipelines.of(StateMachine.of(begin, end))
                                .parallelism(3)
                                .keyed(request -> request.data().key(), List.of("load"), 0, true)
                                .open();
                var group = pipelines.group("").open()) {
            group.submit(Item.held("a", 0, "load", lower));
            group.submit(Item.held("a", 1, "clean", gate));
            group.submit(Item.of("a", 2)); // waits at load behind 0 and 1
            group.submit(Item.of("b", 7));
            assertEquals(3, next(group).sequence());
            Eventually.holds("it waits", () -> pipelines.stats().keys().parkedWorkers() == 1);
            gate.countDown();
            List<Outcome<Item>> failed = List.of(next(group), next(group));
            assertEquals(List.of(1L, 2L), failed.stream().map(Outcome::sequence).sorted().toList());
            group.submit(Item.of("a", 3)); // the key has not drained: 0 is in progress
            Outcome<Item> third = next(group);
            assertEquals(
                    new Outcome.Failed<>(
                            4,
                            new Fault(
                                    Fault.Kind.KEY_FAILED,
                                    null,
                                    1,
                                    "an earlier item of its key failed",
                                    true)),
                    third);
            lower.countDown();
            assertEquals(0, next(group).sequence());
            Eventually.holds("drained", () -> pipelines.stats().keys().keys() == 0);
            group.submit(Item.of("a", 4));
            assertInstanceOf(Outcome.Ok.class, next(group));
            assertEquals(new Counts(6, 3, 3, 0), group.counts());
        }
        assertTrue(log.contains("loada0"), "lower sequences still finish");
        assertEquals(false, log.contains("cleana3"), "it ran no stage");
        assertEquals(false, log.contains("loada2"), "it ran no further stage");
    }

    @Test
    void e16AFaultStopsFastRequestsBeforeAStageThatIsNotMarked() throws Exception {
        Stage<Item, String> begin =
                Stage.of(
                        "begin",
                        request -> {
                            visit("begin", request.data());
                            if (request.data().number() == 1) {
                                throw new IllegalStateException("bad row");
                            }
                            return load;
                        });
        try (var pipelines =
                        Pipelines.of(StateMachine.of(begin, load))
                                .keyed(request -> request.data().key(), List.of("load"), 0, true)
                                .open();
                var group = pipelines.group("").open()) {
            group.submit(Item.held("a", 0, "load", gate));
            group.submit(Item.of("a", 1));
            assertEquals(1, next(group).sequence(), "it has failed");
            for (int i = 0; i < 60; i++) {
                group.inlet().learn(1, 1); // fast ones are not timed, and go a shorter way
            }
            group.submit(Item.of("a", 2));
            assertEquals(2, next(group).sequence());
            gate.countDown();
            assertEquals(0, next(group).sequence());
        }
        assertFalse(log.contains("begina2"), log.toString());
    }

    @Test
    void orderedAndKeyedWorkTogether() throws Exception {
        List<Long> sequences = new ArrayList<>();
        try (var pipelines = keyed(2, false).open();
                var group = pipelines.group("").ordered().window(50).open()) {
            Thread submitter =
                    Thread.ofVirtual()
                            .start(() -> {
                                for (int i = 0; i < 2_000; i++) {
                                    submit(group, Item.of("k" + i % 7, i));
                                }
                                group.finish();
                            });
            group.forEach(outcome -> sequences.add(outcome.sequence()));
            Eventually.ends(submitter);
        }
        assertEquals(IntStream.range(0, 2_000).mapToObj(i -> (long) i).toList(), sequences);
        for (int key = 0; key < 7; key++) {
            String enters = "loadk" + key;
            List<Integer> entered =
                    log.stream()
                            .filter(visit -> visit.startsWith(enters))
                            .map(visit -> Integer.valueOf(visit.substring(enters.length())))
                            .toList();
            int first = key;
            assertEquals(
                    IntStream.range(0, 2_000).filter(i -> i % 7 == first).boxed().toList(),
                    entered);
        }
    }

    @Test
    void theStateOfAMillionDrainedKeysIsGone() throws Exception {
        StateMachine<Integer, String> machine = Machines.mapping(x -> x);
        try (var pipelines = Pipelines.of(machine).keyed(this::newKey, "work").open();
                var group = pipelines.group("").open()) {
            int most = 0;
            for (int i = 0; i < 1_000_000; i++) {
                while (group.offer(i) == Group.FULL) {
                    most = Math.max(most, group.keyCount());
                    group.drainOrWait(request -> {}, 1_000);
                }
            }
            assertTrue(most <= GroupBuilder.DEFAULT_WINDOW, most + " keys in a window of 1024");
            Eventually.holds("all are drained", () -> group.keyCount() == 0);
            Keys<Integer, String> keys = group.requireKeys();
            assertTrue(keys.length() <= 32_768, "a table for a window, not for all");
            assertTrue(keys.segments() <= 32, keys.segments() + " segments of 256");
            assertEquals(0, keys.stragglers());
            Eventually.holds(
                    "the first key is garbage",
                    () -> {
                        System.gc();
                        return firstKey.get() == null;
                    });
        }
    }

    private Object newKey(Request<Integer, String> request) {
        if (request.data() > 0) {
            return request.data();
        }
        Object key = new Object();
        firstKey = new WeakReference<>(key);
        return key;
    }

    private static void submit(Group<Item, String> group, Item item) {
        try {
            group.submit(item);
        } catch (InterruptedException | GroupClosedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
