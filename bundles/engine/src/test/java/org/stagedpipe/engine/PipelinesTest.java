package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.FaultException;
import org.stagedpipe.api.Options;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StageFunction;
import org.stagedpipe.api.StateMachine;

import java.io.IOException;
import java.time.Duration;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// What pipelines do with one request after the other.
@Timeout(60)
class PipelinesTest {

    @Test
    void e01RefusesParallelismBelowOne() {
        var builder = Pipelines.of(Machines.<Integer, String>mapping(x -> x)).parallelism(0);

        var refused = assertThrows(IllegalArgumentException.class, builder::open);

        assertEquals("parallelism: 0 (expected: >= 1)", refused.getMessage());
    }

    @Test
    void e01RefusesNoStateMachine() {
        StateMachine<Integer, String> none = noMachine();
        var refused = assertThrows(NullPointerException.class, () -> Pipelines.of(none));
        assertEquals("state machine: null (expected: a state machine)", refused.getMessage());
    }

    @SuppressWarnings("NullAway") // that is the test
    private static StateMachine<Integer, String> noMachine() {
        return null;
    }

    @Test
    void e02RunsTheStagesThatFollowUntilTheEnd() throws Exception {
        Stage<List<String>, String> c = Stage.of("c", append("c", Stage.end()));
        Stage<List<String>, String> b = Stage.of("b", append("b", Stage.end()));
        Stage<List<String>, String> a = Stage.of("a", append("a", c));

        assertEquals(List.of("a", "c"), resultBothWays(StateMachine.of(a, b, c), ArrayList::new));
    }

    @Test
    void e03TheWidthIsTheNumberOfStagesAndNoStageIsRefused() {
        StateMachine<Integer, String> machine = Machines.chain(3, x -> x);
        try (var pipelines = Pipelines.of(machine).parallelism(2).open()) {
            assertEquals(6, pipelines.capacity());
        }
        assertThrows(IllegalArgumentException.class, () -> new StateMachine<>(List.of()));
    }

    @Test
    void e12SubStagesCountIntoTheWidth() {
        StateMachine<Integer, String> machine = Machines.chain(3, x -> x);
        try (var pipelines = Pipelines.of(machine).parallelism(2).subStages(2).open()) {
            assertEquals(10, pipelines.capacity());
        }
        var negative = Pipelines.of(machine).subStages(-1);
        var refused = assertThrows(IllegalArgumentException.class, negative::open);
        assertEquals("sub-stages: -1 (expected: >= 0)", refused.getMessage());
    }

    @Test
    void e04CarriesParallelismTimesStagesRequestsAtOnce() throws Exception {
        CountDownLatch allInside = new CountDownLatch(6);
        StateMachine<Integer, String> three = Machines.chain(3, meetingAt(allInside));
        try (var pipelines = Pipelines.of(three).parallelism(2).open();
                var group = pipelines.group("").open()) {
            for (int i = 0; i < 6; i++) {
                group.submit(i);
            }
            for (int i = 0; i < 6; i++) {
                assertInstanceOf(Outcome.Ok.class, group.take());
            }
        }
    }

    @Test
    void e04OneThreadCarriesARequestThroughAllStages() throws Exception {
        Stage<List<Thread>, String> second =
                Stage.of("second", request -> note(request, Stage.end()));
        Stage<List<Thread>, String> first = Stage.of("first", request -> note(request, second));

        List<Thread> threads = result(StateMachine.of(first, second), new ArrayList<>());

        assertEquals(2, threads.size());
        assertEquals(threads.getFirst(), threads.getLast());
        assertTrue(threads.getFirst().isVirtual());
        assertTrue(
                threads.getFirst().getName().startsWith("pipeline-"), threads.getFirst().getName());
    }

    @Test
    void runsOnPlatformThreadsIfAsked() throws Exception {
        StateMachine<List<Thread>, String> machine =
                Machines.single(request -> note(request, Stage.end()));
        try (var pipelines = Pipelines.of(machine).threads(Threads.PLATFORM).name("heavy").open();
                var group = pipelines.group("").open()) {
            group.submit(new ArrayList<>());
            Thread thread = ok(group.take()).getFirst();
            assertEquals("heavy-0", thread.getName());
            assertEquals(false, thread.isVirtual());
        }
    }

    @Test
    void e05AnErrorThatIsSetStopsTheRequestAtOnce() throws Exception {
        Stage<Integer, String> never =
                Stage.of("never", request -> fail("entered", request.data()));
        Stage<Integer, String> first =
                Stage.of(
                        "first",
                        request -> {
                            request.fail(new IllegalStateException("no database"));
                            request.fail(new IllegalStateException("later"));
                            if (request.data() == 2) {
                                throw new IllegalArgumentException("last");
                            }
                            return never;
                        });

        Fault fault = faultBothWays(StateMachine.of(first, never), 1);

        assertEquals(
                new Fault(
                        Fault.Kind.STAGE, "first", 1, "IllegalStateException: no database", false),
                fault);
        assertEquals(fault, faultBothWays(StateMachine.of(first, never), 2));
    }

    /// Other groups' stages would find neither their classes nor their thread.
    @Test
    void aRunBeginsOnAThreadAsItWas() throws Exception {
        Stage<Integer, String> stage =
                Stage.of(
                        "rude",
                        request -> {
                            Thread thread = Thread.currentThread();
                            request.data(
                                    thread.getContextClassLoader() != null
                                                    && thread.getName().startsWith("pipeline-")
                                            ? 1
                                            : 0);
                            thread.setContextClassLoader(null);
                            thread.setName("evil");
                            return Stage.end();
                        });
        try (var pipelines = Pipelines.of(StateMachine.of(stage)).open()) {
            for (int i = 0; i < 10; i++) {
                try (var group = pipelines.group("").open()) {
                    group.submit(0);
                    assertEquals(new Outcome.Ok<>(0, 1), group.take());
                }
            }
        }
    }

    @Test
    void refusesMoreThreadsThanAPluginMayHave() {
        List<Stage<Integer, String>> stages = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            stages.add(Stage.of("stage-" + i, request -> Stage.end()));
        }
        PipelinesBuilder<Integer, String> builder = Pipelines.of(new StateMachine<>(stages));
        Options most = Options.defaults().withParallelism(1_000);
        var refused = assertThrows(IllegalArgumentException.class, () -> builder.options(most, 1));
        assertEquals(
                "parallelism: 1000 with 200 stages, 200000 threads (expected: at most 20000)",
                refused.getMessage());
        builder.options(Options.defaults(), 100);
    }

    @Test
    void e05ARequestCarriesItsContext() throws Exception {
        UUID id = new UUID(1, 2);
        Map<String, Object> seen = new HashMap<>();
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    seen.put("group", request.group());
                    seen.put("resources", request.resources());
                    seen.put("sequence", request.sequence());
                    seen.put("attempt", request.attempt());
                    seen.put("key", request.idempotencyKey());
                    seen.put("cancelled", request.isCancelled());
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("pool").id(id).open()) {
            group.submit(5);
            ok(group.take());
        }
        assertEquals(
                Map.of(
                        "group",
                        id,
                        "resources",
                        "pool",
                        "sequence",
                        0L,
                        "attempt",
                        1,
                        "key",
                        id + "/0",
                        "cancelled",
                        false),
                seen);
    }

    @Test
    @SuppressWarnings("NullAway") // that is the test
    void e06AStageThatForgetsTheNextOneEndsTheRequest() throws Exception {
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    request.data(request.data() + 1);
                    return null;
                });
        assertEquals(2, resultBothWays(machine, () -> 1));
    }

    @Test
    void e08ACycleIsAFaultWithTheWholeRoute() throws Exception {
        Fault fault = null;
        try (var pipelines = Pipelines.of(loop(Integer.MAX_VALUE)).acyclic().open();
                var group = pipelines.group("").open()) {
            group.submit(0);
            fault = failed(group.take());
            group.submit(0);
            assertEquals(fault, failed(group.take()), "the trace starts anew for each request");
        }
        assertEquals(new Fault(Fault.Kind.CYCLIC, "B", 1, "A -> B -> A", false), fault);
    }

    @Test
    void e08LoopsAreAllowedByDefault() throws Exception {
        assertEquals(20, resultBothWays(loop(20), () -> 0));
    }

    @Test
    void e10PreProcessorsRunInOrderBeforeEveryStage() throws Exception {
        Stage<List<String>, String> b = Stage.of("b", append("b", Stage.end()));
        Stage<List<String>, String> a = Stage.of("a", append("a", b));
        try (var pipelines =
                        Pipelines.of(StateMachine.of(a, b))
                                .before(request -> request.data().add("1"))
                                .before(request -> request.data().add("2"))
                                .open();
                var group = pipelines.group("").open()) {
            group.submit(new ArrayList<>());
            assertEquals(List.of("1", "2", "a", "1", "2", "b"), ok(group.take()));
        }
    }

    @Test
    void e10AnErrorOfAPreProcessorSkipsTheStage() throws Exception {
        StateMachine<List<String>, String> machine =
                StateMachine.of(Stage.of("a", append("a", Stage.end())));
        List<String> data = new ArrayList<>();
        try (var pipelines =
                        Pipelines.of(machine)
                                .before(request ->
                                        request.fail(FaultException.retryable("quota used up")))
                                .before(request -> request.data().add("second"))
                                .open();
                var group = pipelines.group("").open()) {
            group.submit(data);
            Fault fault = failed(group.take());
            assertEquals("quota used up", fault.text());
            assertTrue(fault.retryable());
            assertNull(fault.stage());
        }
        assertEquals(List.of(), data);
    }

    @Test
    void e17FaultsSayWhetherARetryCanHelp() throws Exception {
        Fault lost =
                faultBothWays(
                        Machines.single(request -> {
                            throw FaultException.retryable("connection lost");
                        }),
                        1);
        Fault wrong =
                faultBothWays(
                        Machines.single(request -> {
                            throw FaultException.permanent("no such state");
                        }),
                        1);
        assertEquals(new Fault(Fault.Kind.STAGE, "work", 1, "connection lost", true), lost);
        assertEquals(new Fault(Fault.Kind.STAGE, "work", 1, "no such state", false), wrong);
    }

    @Test
    void w1WhatAStageThrowsEndsItsRequestOnly() throws Exception {
        StateMachine<Integer, String> machine =
                Machines.single(request ->
                        switch (request.data()) {
                            case 0 -> throw new IllegalStateException("boom");
                            case 1 -> throw new Exception();
                            case 2 -> fail("asserted", 2);
                            case 3 -> overflow(request);
                            case 4 ->
                                    throw new RuntimeException() {
                                        private static final long serialVersionUID = 1L;
                                    };
                            case 5 -> throw new NoClassDefFoundError("a/b/C");
                            case 6 -> throw new SpeechlessError(new IllegalStateException("no"));
                            case 7 -> throw new SpeechlessError(new IOException("no message"));
                            case 8 -> throw new SpeechlessError(null);
                            case 9 -> throw Sneaky.thrown(new IOException("not declared"));
                            case 10 -> throw new InternalError("a mapped file was cut");
                            default -> Stage.end();
                        });
        List<String> texts = new ArrayList<>();
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").ordered().open()) {
            for (int i = 0; i <= 11; i++) {
                group.submit(i);
            }
            for (int i = 0; i <= 10; i++) {
                Fault fault = failed(group.take());
                assertEquals("work", fault.stage());
                assertEquals(1, fault.attempt());
                assertEquals(Fault.Kind.STAGE, fault.kind());
                texts.add(fault.text());
            }
            assertEquals(11, ok(group.take()));
        }
        assertEquals(
                List.of(
                        "IllegalStateException: boom",
                        "Exception",
                        "AssertionError: asserted 2",
                        "StackOverflowError",
                        "PipelinesTest$1",
                        "NoClassDefFoundError: a/b/C",
                        "SpeechlessError",
                        "SpeechlessError",
                        "SpeechlessError",
                        "IOException: not declared",
                        "InternalError: a mapped file was cut"),
                texts);
    }

    @Test
    void w1OtherGroupsGoOnWhenAStageThrows() throws Exception {
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    if (request.resources().equals("bad")) {
                        throw new IllegalStateException("bad");
                    }
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(machine).open();
                var bad = pipelines.group("bad").open();
                var good = pipelines.group("good").open()) {
            for (int i = 0; i < 100; i++) {
                bad.submit(i);
                good.submit(i);
            }
            good.finish();
            bad.finish();
            for (Outcome<Integer> outcome : good) {
                ok(outcome);
            }
            for (Outcome<Integer> outcome : bad) {
                failed(outcome);
            }
            assertEquals(new Counts(100, 100, 0, 0), good.counts());
            assertEquals(new Counts(100, 0, 100, 0), bad.counts());
        }
    }

    @Test
    void anOutOfMemoryErrorEndsTheGroupsAndIsNotSwallowed() throws Exception {
        AtomicReference<Throwable> uncaught = new AtomicReference<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> uncaught.set(error));
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    throw new OutOfMemoryError("Java heap space");
                });
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            group.submit(1);
            Fault fault = assertInstanceOf(Outcome.Aborted.class, group.take()).fault();
            assertEquals(Fault.Kind.SYSTEM, fault.kind());
            assertEquals("OutOfMemoryError: Java heap space", fault.text());
            assertNull(group.take(), "the group has ended");
            Eventually.holds("error is thrown on", () -> uncaught.get() != null);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        assertInstanceOf(OutOfMemoryError.class, uncaught.get());
    }

    @Test
    void anErrorOfTheVirtualMachineOnTheWatchIsToldAndNotSwallowedAndItGoesOn() throws Exception {
        List<VirtualMachineError> told = new CopyOnWriteArrayList<>();
        List<Throwable> uncaught = new CopyOnWriteArrayList<>();
        AtomicInteger looks = new AtomicInteger();
        Settings<Integer, String> settings = Machines.settings(Machines.mapping(n -> n));
        var crew = new Crew<>(settings, new Figures<>(settings), told::add);
        OutOfMemoryError none = new OutOfMemoryError("unable to create native thread");
        var groups =
                new AbstractCollection<Group<Integer, String>>() {
                    @Override
                    public Iterator<Group<Integer, String>> iterator() {
                        if (looks.incrementAndGet() == 1) {
                            throw none;
                        }
                        return Collections.emptyIterator();
                    }

                    @Override
                    public int size() {
                        return 1;
                    }
                };
        IllegalStateException memoryIsStillShort = new IllegalStateException("memory is short");
        var watch =
                new Watch<>(
                        settings,
                        crew,
                        groups,
                        error -> {
                            told.add(error);
                            throw memoryIsStillShort;
                        });
        watch.need();
        Thread thread =
                Thread.ofPlatform()
                        .uncaughtExceptionHandler((_, error) -> {
                            uncaught.add(error);
                            throw memoryIsStillShort;
                        })
                        .start(watch);
        Eventually.holds("it goes on", () -> looks.get() > 1);
        watch.stop();
        Eventually.ends(thread);
        assertEquals(List.of(none), told);
        assertEquals(List.of(memoryIsStillShort, none), uncaught);
    }

    /// No thread for an interrupt: each thread that a thread makes asks for its inheritable values first.
    @Test
    void whereNoThreadIsToBeHadAllGroupsEndAndTheListenerIsTold() throws Exception {
        OutOfMemoryError none = new OutOfMemoryError("unable to create native thread");
        InheritableThreadLocal<String> shortage =
                new InheritableThreadLocal<>() {
                    @Override
                    protected String childValue(String value) {
                        throw none;
                    }
                };
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    shortage.set("");
                    throw none;
                });
        BlockingQueue<VirtualMachineError> told = new LinkedBlockingQueue<>();
        PipelinesListener listener =
                new PipelinesListener() {
                    @Override
                    public void failed(VirtualMachineError error) {
                        told.add(error);
                    }
                };
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {});
        try {
            var pipelines = Pipelines.of(machine).listener(listener).open();
            var other = pipelines.group("").open();
            var group = pipelines.group("").open();
            group.submit(1);
            assertSame(none, told.poll(20, TimeUnit.SECONDS));
            assertInstanceOf(Outcome.Aborted.class, GroupTest.next(group));
            assertNull(group.take());
            assertNull(other.take());
            Eventually.ends(Thread.ofVirtual().start(pipelines::close));
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void pipelinesThatCannotStartAllTheirThreadsLeaveNone() {
        List<Thread> made = new ArrayList<>();
        OutOfMemoryError none = new OutOfMemoryError("unable to create native thread");
        ThreadFactory oneOnly =
                task -> {
                    made.add(
                            made.isEmpty()
                                    ? Thread.ofVirtual().unstarted(task)
                                    : new Thread(task) {
                                        @Override
                                        public void start() {
                                            throw none;
                                        }
                                    });
                    return made.getLast();
                };
        StateMachine<Integer, String> machine = Machines.mapping(n -> n);
        Settings<Integer, String> settings =
                Machines.settings(
                        machine,
                        new PipelinesListener() {},
                        Duration.ZERO,
                        new Scale(2, 2),
                        oneOnly);
        var pipelines = new Pipelines<>(settings);
        assertSame(none, assertThrows(OutOfMemoryError.class, pipelines::start));
        assertEquals(2, made.size());
        assertEquals(Thread.State.TERMINATED, made.getFirst().getState());
    }

    @Test
    void theRestOfARunIsAbortedWithTheOneThatRanOutOfMemory() throws Exception {
        AtomicReference<VirtualMachineError> told = new AtomicReference<>();
        PipelinesListener listener =
                new PipelinesListener() {
                    @Override
                    public void failed(VirtualMachineError error) {
                        told.set(error);
                    }
                };
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {});
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    if (request.data() == 3) {
                        throw new OutOfMemoryError("Java heap space");
                    }
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(machine).parallelism(1).listener(listener).open();
                var group = pipelines.group("").open()) {
            group.submitAll(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
            int outcomes = 0;
            for (var outcome = group.take(); outcome != null; outcome = group.take()) {
                outcomes++;
            }
            assertEquals(10, outcomes);
            assertEquals(10, group.counts().delivered());
            Eventually.holds("the listener is told", () -> told.get() != null);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    private static StateMachine<Integer, String> loop(int rounds) {
        AtomicReference<Stage<Integer, String>> start = new AtomicReference<>();
        Stage<Integer, String> b = Stage.of("B", request -> Objects.requireNonNull(start.get()));
        Stage<Integer, String> a =
                Stage.of(
                        "A",
                        request -> {
                            request.data(request.data() + 1);
                            return request.data() < rounds ? b : Stage.end();
                        });
        start.set(a);
        return StateMachine.of(a, b);
    }

    /// The result of requests that are timed, as the first ones of a group are, and of one that nobody observes, which takes
    /// another way through the stages. All must be the same.
    private static <D> D resultBothWays(StateMachine<D, String> machine, Supplier<D> data)
            throws InterruptedException {
        return bothWays(machine, data, PipelinesTest::ok);
    }

    /// The same of the fault.
    private static <D> Fault faultBothWays(StateMachine<D, String> machine, D data)
            throws InterruptedException {
        return bothWays(machine, () -> data, PipelinesTest::failed);
    }

    private static <D, T> T bothWays(
            StateMachine<D, String> machine, Supplier<D> data, Function<Outcome<D>, T> part)
            throws InterruptedException {
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            T timed = part.apply(submitAndTake(group, data.get()));
            for (int i = 1; pipelines.stats().runTime().count() == i; i++) {
                assertTrue(i < 10_000, "all are timed");
                assertEquals(timed, part.apply(submitAndTake(group, data.get())));
            }
            return timed;
        }
    }

    @SuppressWarnings("NullAway") // there is one
    private static <D> Outcome<D> submitAndTake(Group<D, String> group, D data)
            throws InterruptedException {
        group.submit(data);
        return group.take();
    }

    static <D> D result(StateMachine<D, String> machine, D data) throws InterruptedException {
        return ok(outcome(machine, data));
    }

    @SuppressWarnings("NullAway") // there is one
    private static <D> Outcome<D> outcome(StateMachine<D, String> machine, D data)
            throws InterruptedException {
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            group.submit(data);
            return group.take();
        }
    }

    @SuppressWarnings("NullAway") // null fails the cast
    static <D> D ok(@Nullable Outcome<D> outcome) {
        return ((Outcome.Ok<D>) assertInstanceOf(Outcome.Ok.class, outcome)).data();
    }

    @SuppressWarnings("NullAway") // null fails the cast
    static Fault failed(@Nullable Outcome<?> outcome) {
        return assertInstanceOf(Outcome.Failed.class, outcome).fault();
    }

    private static StageFunction<List<String>, String> append(
            String text, Stage<List<String>, String> next) {
        return request -> {
            request.data().add(text);
            return next;
        };
    }

    private static Stage<List<Thread>, String> note(
            Request<List<Thread>, String> request, Stage<List<Thread>, String> next) {
        request.data().add(Thread.currentThread());
        return next;
    }

    private static UnaryOperator<Integer> meetingAt(CountDownLatch all) {
        return data -> {
            all.countDown();
            try {
                Eventually.opens(all);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return data;
        };
    }

    private static Stage<Integer, String> fail(String text, int data) {
        throw new AssertionError(text + " " + data);
    }

    @SuppressWarnings("InfiniteRecursion") // that is the test
    private static Stage<Integer, String> overflow(Request<Integer, String> request) {
        return overflow(request);
    }

    /// Fails even when asked for its message.
    /// Its message throws that, or itself.
    private static final class SpeechlessError extends Error {
        private static final long serialVersionUID = 1L;

        private final Throwable instead;

        SpeechlessError(@Nullable Throwable instead) {
            this.instead = instead == null ? this : instead;
        }

        @Override
        public String getMessage() {
            throw Sneaky.thrown(instead);
        }
    }
}
