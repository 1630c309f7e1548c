package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.engine.GroupTest.next;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/// What can be seen of pipelines: figures, traces, warnings. E11, E13, E22, E23, W5.
@Timeout(30)
class ObservationTest {

    @Test
    void e11WarnsAgainAndAgainWhileAnOutputIsBlocked() throws Exception {
        BlockingQueue<Duration> warnings = new LinkedBlockingQueue<>();
        BlockingQueue<UUID> groups = new LinkedBlockingQueue<>();
        PipelinesListener listener =
                new PipelinesListener() {
                    @Override
                    public void outputBlocked(UUID group, Duration since) {
                        groups.add(group);
                        warnings.add(since);
                    }
                };
        StateMachine<Integer, String> machine = Machines.mapping(x -> x);
        try (var pipelines =
                        Pipelines.of(machine)
                                .delayWarning(Duration.ofMillis(5))
                                .listener(listener)
                                .open();
                var blocked = pipelines.group("").open();
                var empty = pipelines.group("").open()) {
            blocked.submit(1);
            Duration before = Duration.ZERO;
            for (int i = 0; i < 3; i++) {
                Duration since = warnings.poll(10, TimeUnit.SECONDS);
                assertNotNull(since);
                assertTrue(since.minus(before).toMillis() >= 4, since + " after " + before);
                before = since;
            }
            assertEquals(Set.of(blocked.id()), Set.copyOf(groups), "not " + empty.id());
        }
    }

    /// By a clock of its own: a real consumer may be late.
    @Test
    void e11AConsumerThatWaitsBlocksNothing() throws Exception {
        StateMachine<Integer, String> machine = Machines.mapping(x -> x);
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            Thread reader = Thread.ofVirtual().start(() -> group.forEach(outcome -> {}));
            for (int i = 1; i <= 3; i++) {
                group.submit(i);
                int taken = i;
                Eventually.holds(
                        "taken, and it waits",
                        () -> group.counts().ok() == taken && group.outlet().isAwaited());
                assertEquals(0, group.blockedNanos(10L * i));
                assertEquals(0, group.blockedNanos(10L * i + 5), "nor at the next look");
            }
            group.finish();
            Eventually.ends(reader);
        }
    }

    @Test
    void e11WhatWaitsForAnEarlierRequestOfItsOrderedGroupIsNotBlockedByTheConsumer()
            throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    if (request.data() == 0) {
                        gate.await();
                    }
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(machine).parallelism(2).open();
                var group = pipelines.group("").ordered().open();
                AutoCloseable opening = gate::countDown) {
            for (int i = 0; i < 4; i++) {
                group.submit(i);
            }
            Eventually.holds("three are over", () -> group.inlet().left() == 3);
            assertNull(group.poll());
            assertEquals(0, group.blockedNanos(1));
            assertEquals(0, group.blockedNanos(2), "it took all there is");
            gate.countDown();
            Eventually.holds("all are over", () -> group.inlet().left() == 4);
            assertEquals(0, group.blockedNanos(3));
            assertEquals(1, group.blockedNanos(4), "there is something now");
            group.drain(
                    request -> assertEquals(2, group.blockedNanos(5), "it keeps what it has"), 1);
            assertEquals(0, group.blockedNanos(6), "one was taken");
            assertEquals(1, group.blockedNanos(7));
            assertEquals(3, group.drain(request -> {}, 10));
            group.blockedNanos(8);
            assertEquals(0, group.blockedNanos(9), "nothing is left to be taken");
        }
    }

    /// The segment with the first of them is forgotten by then.
    @Test
    void e11AnOrderedOutputIsBlockedAlsoBehindSegmentsThatAreOver() throws Exception {
        StateMachine<Integer, String> machine = Machines.mapping(x -> x);
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").ordered().window(Integer.MAX_VALUE).open()) {
            int many = 10 * Segment.LENGTH;
            for (int i = 0; i < 2; i++) {
                group.submitAll(Collections.nCopies(many, 0));
                long over = (i + 1L) * many;
                Eventually.holds("all are over", () -> group.inlet().left() == over);
            }
            group.blockedNanos(1);
            assertEquals(1, group.blockedNanos(2));
            assertEquals(many + 5, group.drain(request -> {}, many + 5));
            group.blockedNanos(3);
            assertEquals(1, group.blockedNanos(4));
        }
    }

    @Test
    void e11AnOutputIsBlockedAlsoByWhatIsFinishedOfARunThatIsNot() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    if (request.data() == 1) {
                        gate.await();
                    }
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open();
                AutoCloseable opening = gate::countDown) {
            group.submitAll(Collections.nCopies(1_000, 0)); // so that it is known to be fast
            Eventually.holds(
                    "all are taken",
                    () -> group.drain(request -> {}, 1_000) >= 0 && group.counts().ok() == 1_000);
            List<Integer> run = new ArrayList<>(Collections.nCopies(20, 0));
            run.add(1);
            group.submitAll(run);
            Eventually.holds("20 are finished", () -> group.inlet().finished() == 1_020);
            group.blockedNanos(1);
            assertEquals(1, group.blockedNanos(2));
            assertEquals(20, group.drain(request -> {}, 100));
            group.blockedNanos(3);
            assertEquals(0, group.blockedNanos(4), "it has all there is");
        }
    }

    @Test
    void e11RefusesANegativeIntervalAndZeroIsOff() {
        var negative = Pipelines.of(Machines.<Integer, String>mapping(x -> x));
        negative.delayWarning(Duration.ofMillis(-1));
        var refused = assertThrows(IllegalArgumentException.class, negative::open);
        assertEquals("delay warning: PT-0.001S (expected: >= 0)", refused.getMessage());

        OutputWatch watch = new OutputWatch();
        assertEquals(0, watch.look(true, 5, 100));
        assertEquals(10, watch.look(true, 5, 110));
        assertTrue(watch.isDue(10, 10));
        assertFalse(watch.isDue(19, 10));
        assertTrue(watch.isDue(20, 10));
        assertEquals(0, watch.look(true, 6, 120), "one was taken");
        assertEquals(0, watch.look(false, 6, 130), "nothing waits");
    }

    @Test
    void e11ZeroIsOffThoughTheWatchLooksAtDeadlines() throws Exception {
        BlockingQueue<Duration> warnings = new LinkedBlockingQueue<>();
        PipelinesListener listener =
                new PipelinesListener() {
                    @Override
                    public void outputBlocked(UUID group, Duration since) {
                        warnings.add(since);
                    }
                };
        StateMachine<Integer, String> machine = Machines.mapping(x -> x);
        try (var pipelines = Pipelines.of(machine).listener(listener).open();
                var group = pipelines.group("").deadline(Duration.ofMillis(10)).open()) {
            group.submit(1); // nobody takes it
            assertNull(warnings.poll(100, TimeUnit.MILLISECONDS));
        }
    }

    @Test
    void e13AddsPipelinesWhileThatHelps() throws Exception {
        BlockingQueue<Integer> scales = new LinkedBlockingQueue<>();
        PipelinesListener listener =
                new PipelinesListener() {
                    @Override
                    public void scaled(int from, int to) {
                        scales.add(to);
                    }
                };
        StateMachine<Integer, String> slow =
                Machines.chain(
                        3,
                        x -> {
                            LockSupport.parkNanos(1_000_000);
                            return x;
                        });
        try (var pipelines = Pipelines.of(slow).autoscale(1, 2).listener(listener).open();
                var group = pipelines.group("").open()) {
            assertEquals(3, pipelines.capacity());
            Thread feeder =
                    Thread.ofVirtual()
                            .start(() -> {
                                while (pipelines.capacity() != 6) {
                                    group.offer(1);
                                    group.drain(request -> {}, 10);
                                    Thread.yield();
                                }
                            });
            Eventually.ends(feeder);
            assertEquals(2, scales.poll(10, TimeUnit.SECONDS));
            Eventually.holds("shrinks when idle", () -> pipelines.capacity() == 3);
            group.drain(request -> {}, Integer.MAX_VALUE);
            group.submit(1);
            next(group);
        }
    }

    @Test
    void pipelinesOffDutyTakeNothingAndBackOnDutyTheyDo() throws Exception {
        CountDownLatch allInside = new CountDownLatch(3);
        CountDownLatch gate = new CountDownLatch(1);
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    allInside.countDown();
                    gate.await();
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(machine).autoscale(1, 3).open();
                var group = pipelines.group("").open()) {
            pipelines.watch().stop(); // or its governor scales, too
            for (int i = 0; i < 5; i++) {
                group.submit(i);
            }
            Eventually.holds("one is inside", () -> allInside.getCount() == 2);
            assertEquals(1, pipelines.stats().running());
            pipelines.crew().duty(3);
            Eventually.opens(allInside);
            assertEquals(3, pipelines.stats().running());
            pipelines.crew().duty(1);
            gate.countDown();
            for (int i = 0; i < 5; i++) {
                next(group);
            }
            pipelines.crew().duty(2);
            group.submit(5);
            next(group);
        }
    }

    @Test
    void e22CountsAndTimesRequests() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Stage<Integer, String> second =
                Stage.of(
                        "second",
                        request -> {
                            gate.await();
                            return Stage.end();
                        });
        Stage<Integer, String> first = Stage.of("first", request -> second);
        try (var pipelines = Pipelines.of(StateMachine.of(first, second)).open();
                var group = pipelines.group("").open()) {
            group.submit(0);
            Eventually.holds("it runs", () -> pipelines.stats().running() == 1);
            Stats during = pipelines.stats();
            assertEquals(2, during.capacity());
            assertEquals(0, during.completed());
            assertEquals(1, during.groups());
            gate.countDown();
            next(group);
            Eventually.holds("it is counted", () -> pipelines.stats().completed() == 1);
            Stats after = pipelines.stats();
            assertEquals(0, after.running());
            assertEquals(1, after.runTime().count());
            assertEquals(1, after.queueWait().count());
            Timings stage = stage(after, "second");
            assertTrue(stage.least() <= stage.mean() && stage.mean() <= stage.most());
            assertTrue(stage.most() <= after.runTime().most());
            assertEquals(1, stage(after, "first").count());
            assertEquals(1, group.runTimes().count());
        }
    }

    @Test
    void e22FastRequestsAreTimedBySamplesAndSlowOnesAll() throws Exception {
        StateMachine<Integer, String> machine = Machines.mapping(x -> x);
        var group = Machines.asleep(machine).group("").window(Integer.MAX_VALUE).open();
        assertEquals(List.of(1, 1, 1), timedFor(group, 3), "not known to be fast");
        learn(group, 100);
        int fast = 10 * Inlet.SAMPLE + 100;
        assertEquals(Collections.nCopies(10, Inlet.SAMPLE), timedFor(group, fast));
        learn(group, 50_000);
        assertEquals(Collections.nCopies(500, 1), timedFor(group, 500));
        learn(group, 100);
        assertEquals(List.of(), timedFor(group, Inlet.SAMPLE - 101));
        assertEquals(List.of(Inlet.SAMPLE), timedFor(group, 1), "for the 100 before, too");
    }

    private static void learn(Group<Integer, String> group, long nanos) {
        for (int i = 0; i < 100; i++) {
            group.inlet().learn(1, nanos);
        }
    }

    /// Submits so many, and answers what those of them that are timed stand for.
    private static List<Integer> timedFor(Group<Integer, String> group, int count) {
        long first = group.counts().accepted();
        group.offerAll(Collections.nCopies(count, 0), 0);
        return LongStream.range(first, first + count)
                .mapToInt(i -> group.inlet().find(i).getFirst().timedFor())
                .filter(timed -> timed != 0)
                .boxed()
                .toList();
    }

    @Test
    void e22FastAndSlowRequestsWeighWhatTheyAre() throws Exception {
        int fast = 400_000;
        int slow = 4_000;
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    if (request.data() == slow) {
                        Thread.sleep(1);
                    }
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(machine).parallelism(8).open()) {
            for (int data : List.of(fast, slow)) {
                try (var group = pipelines.group("").window(Integer.MAX_VALUE).open()) {
                    group.submitAll(Collections.nCopies(data, data));
                }
            }
            Stats stats = pipelines.stats();
            for (Timings timings :
                    List.of(stats.runTime(), stats.queueWait(), stage(stats, "work"))) {
                assertBetween(fast + slow - Inlet.SAMPLE, timings.count(), fast + slow);
            }
            for (Timings timings : List.of(stats.runTime(), stage(stats, "work"))) {
                assertBetween(0, timings.p50(), 500_000);
                assertBetween(0, timings.mean(), 500_000);
                assertTrue(timings.most() >= 1_000_000, timings.toString());
            }
        }
    }

    @Test
    void e22PercentilesAreExactToAQuarter() {
        Timing timing = new Timing();
        for (int i = 1; i <= 1_000; i++) {
            timing.record(i * 1_000L, 3);
        }
        Timings timings = timing.snapshot();
        assertEquals(3_000, timings.count());
        assertEquals(1_000, timings.least());
        assertEquals(500_500, timings.mean());
        assertEquals(1_000_000, timings.most());
        assertBetween(500_000, timings.p50(), 625_000);
        assertBetween(900_000, timings.p90(), 1_000_000);
        assertBetween(990_000, timings.p99(), 1_000_000);
        assertEquals(Timings.NONE, new Timing().snapshot());
        for (long value = 1; value > 0; value = value * 5 / 4 + 1) {
            long upper = Timing.upper(Timing.bucket(value));
            assertTrue(upper >= value && upper - value <= value / 4, value + " in ..." + upper);
        }
    }

    @Test
    void e23TracesGroupsRequestsAndStagesWhenRecording() throws Exception {
        Recorder recorder = new Recorder(0);
        Stage<Integer, String> second =
                Stage.of(
                        "second",
                        request -> {
                            throw new IllegalStateException("secret " + request.data());
                        });
        Stage<Integer, String> first =
                Stage.of(
                        "first",
                        request -> {
                            request.event("half way");
                            return second;
                        });
        try (var pipelines = Pipelines.of(StateMachine.of(first, second)).tracer(recorder).open();
                var group = pipelines.group("").ordered().open()) {
            group.submit(47_111);
            next(group);
            group.submit(47_112); // this one is not recorded
            next(group);
        }
        assertEquals(
                List.of(
                        "group",
                        "request 0/1",
                        "first begins",
                        "event half way",
                        "first ends null",
                        "second begins",
                        "second ends java.lang.IllegalStateException",
                        "request ends STAGE",
                        "group ends 2"),
                recorder.log);
    }

    @Test
    void w5NoDataGoesIntoTraces() throws Exception {
        Recorder recorder = new Recorder(Long.MAX_VALUE);
        StateMachine<String, String> machine =
                Machines.mapping(text -> {
                    if (text.startsWith("bad")) {
                        throw new IllegalStateException("not a number: " + text);
                    }
                    return text + text;
                });
        try (var pipelines = Pipelines.of(machine).tracer(recorder).open();
                var group = pipelines.group("resources-canary").open()) {
            group.submit("data-canary");
            next(group);
            group.submit("bad data-canary");
            next(group);
        }
        assertFalse(recorder.log.toString().contains("canary"), recorder.log.toString());
        assertTrue(recorder.log.contains("request 0/1"));
        assertTrue(recorder.log.contains("request ends STAGE"));
    }

    private static Timings stage(Stats stats, String name) {
        Timings timings = stats.stages().get(name);
        assertNotNull(timings, name);
        return timings;
    }

    private static void assertBetween(long least, long value, long most) {
        assertTrue(least <= value && value <= most, value + " not in " + least + ".." + most);
    }

    @Test
    void whatATracerThrowsIsItsRequestsFault() throws Exception {
        Tracer broken =
                id ->
                        new Tracer.GroupTrace() {
                            @Override
                            public RequestTrace request(long sequence, int attempt) {
                                throw Sneaky.thrown(
                                        sequence == 1
                                                ? new IOException("no span")
                                                : new IllegalStateException("no span"));
                            }

                            @Override
                            public void ended(Counts counts) {}
                        };
        try (var pipelines =
                        Pipelines.of(Machines.<Integer, String>mapping(x -> x))
                                .tracer(broken)
                                .open();
                var group = pipelines.group("").open()) {
            for (int i = 0; i < 3; i++) {
                group.submit(i);
                var failed = assertInstanceOf(Outcome.Failed.class, group.take());
                assertEquals(
                        (i == 1 ? "IOException" : "IllegalStateException") + ": no span",
                        failed.fault().text());
            }
        }
    }

    /// Records requests up to a sequence, with all it is told.
    private static final class Recorder implements Tracer {

        private final long last;
        private final List<String> log = new CopyOnWriteArrayList<>();

        Recorder(long last) {
            this.last = last;
        }

        @Override
        public GroupTrace group(UUID group) {
            log.add("group");
            return new GroupTrace() {
                @Override
                public @Nullable RequestTrace request(long sequence, int attempt) {
                    return sequence > last ? null : newRequest(sequence + "/" + attempt);
                }

                @Override
                public void ended(Counts counts) {
                    log.add("group ends " + counts.delivered());
                }
            };
        }

        private RequestTrace newRequest(String name) {
            log.add("request " + name);
            return new RequestTrace() {
                @Override
                public void stageBegan(String stage) {
                    log.add(stage + " begins");
                }

                @Override
                public void stageEnded(String stage, @Nullable String errorClass) {
                    log.add(stage + " ends " + errorClass);
                }

                @Override
                public void event(String text) {
                    log.add("event " + text);
                }

                @Override
                public void ended(Fault.@Nullable Kind fault) {
                    log.add("request ends " + fault);
                }
            };
        }
    }
}
