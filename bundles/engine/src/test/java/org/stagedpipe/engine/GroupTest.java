package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.engine.PipelinesTest.ok;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/// What groups promise: order, windows, cancel, close.
@Timeout(20)
class GroupTest {

    /// Requests with even data wait for it.
    private final CountDownLatch gate = new CountDownLatch(1);

    private final AtomicInteger entered = new AtomicInteger();

    private final StateMachine<Integer, String> gated =
            Machines.single(request -> {
                entered.incrementAndGet();
                if (request.data() % 2 == 0) {
                    gate.await();
                }
                return Stage.end();
            });

    @Test
    void itsBacklogIsWhatKeepsItsPipelinesBusy() throws Exception {
        StateMachine<Integer, String> sleepy =
                Machines.single(request -> {
                    Thread.sleep(request.data());
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(sleepy).parallelism(3).open();
                var group = pipelines.group("").open()) {
            assertEquals(0, group.backlog(Duration.ofMillis(100)));
            group.submit(50);
            next(group);
            Eventually.holds( // what a run took is known once it is over
                    "two for each", () -> group.backlog(Duration.ofMillis(10)) == 3 * 2);
            long some =
                    group.backlog(Duration.ofSeconds(10)); // a run may take longer than it sleeps
            assertTrue(some > 3 * 2 && some <= 3 * 800, some + " (expected: 10 s of some 12 ms)");
        }
    }

    @Test
    void e09OrderedOutcomesComeInSubmitOrder() throws Exception {
        try (var pipelines = Pipelines.of(gated).parallelism(2).open();
                var group = pipelines.group("").ordered().open()) {
            group.submit(0);
            for (int i = 1; i < 20; i += 2) {
                group.submit(i);
            }
            Eventually.holds("others are through", () -> entered.get() == 11);
            assertNull(group.poll(), "the first one is not done");
            gate.countDown();
            for (int i = 0; i < 11; i++) {
                assertEquals(i, next(group).sequence());
            }
        }
    }

    @Test
    void e09DefaultIsCompletionOrder() throws Exception {
        try (var pipelines = Pipelines.of(gated).parallelism(2).open();
                var group = pipelines.group("").open()) {
            group.submit(0);
            group.submit(1);
            assertEquals(1, next(group).sequence());
            gate.countDown();
            assertEquals(0, next(group).sequence());
        }
    }

    @RepeatedTest(50) // a lost wake-up needs some luck
    void aSlowRequestHoldsUpNoneThatCameWithIt() throws Exception {
        // Fast requests first, so that runs get long; then a slow one among fast ones.
        try (var pipelines = Pipelines.of(gated).parallelism(2).open();
                var group = pipelines.group("").window(10_000).open()) {
            for (int i = 0; i < 5_000; i++) {
                group.submit(1);
            }
            for (int i = 0; i < 5_000; i++) {
                next(group);
            }
            for (int i = 0; i < 1_000; i++) {
                group.submit(i == 500 ? 0 : 1);
            }
            for (int i = 0; i < 999; i++) {
                assertEquals(1, ok(next(group)));
            }
            gate.countDown();
            assertEquals(0, ok(next(group)));
        }
    }

    /// A wake-up that is on its way to a thread that works already would be lost for the lone requests.
    @Test
    void aLoneRequestIsNeverHeldUpByASlowOne() throws Exception {
        CountDownLatch open = new CountDownLatch(0);
        StateMachine<CountDownLatch, String> machine =
                Machines.single(request -> {
                    Eventually.opens(request.data());
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(machine).parallelism(3).open();
                var group = pipelines.group("").open()) {
            for (int round = 0; round < 2_000; round++) {
                CountDownLatch slow = new CountDownLatch(1);
                long first = group.submit(slow);
                for (int i = 1; i <= 3; i++) {
                    group.submit(open);
                    assertEquals(first + i, next(group).sequence());
                }
                slow.countDown();
                assertEquals(first, next(group).sequence());
            }
        }
    }

    @Test
    void w4TheBytesThatAnOrderedGroupHoldsAreBounded() throws Exception {
        try (var pipelines = Pipelines.of(gated).parallelism(4).open();
                var group =
                        pipelines
                                .group("")
                                .ordered()
                                .windowBytes(100, request -> request.data() == 0 ? 40 : 20)
                                .open()) {
            group.submit(0);
            group.submit(1);
            group.submit(1);
            group.submit(1);
            Eventually.holds("three wait for the first", () -> pipelines.stats().completed() == 3);
            assertEquals(Group.FULL, group.offer(1), "40 + 3 * 20 of 100 bytes are held");
            Thread waiting = Thread.ofVirtual().start(() -> submit(group, 1));
            Eventually.holds("it waits", () -> waiting.getState() == Thread.State.WAITING);
            assertEquals(4, group.counts().accepted());
            gate.countDown();
            assertEquals(0, next(group).sequence());
            Eventually.ends(waiting);
            for (int i = 1; i <= 4; i++) {
                assertEquals(i, next(group).sequence());
            }
        }
    }

    @Test
    void aRequestLargerThanTheWindowGoesAlone() throws Exception {
        try (var pipelines = Pipelines.of(gated).parallelism(2).open();
                var group = pipelines.group("").windowBytes(10, request -> request.data()).open()) {
            assertEquals(0, group.offer(11));
            assertEquals(Group.FULL, group.offer(1));
            next(group);
            assertEquals(1, group.offer(1));
            assertEquals(Group.FULL, group.offer(11));
            next(group);
            assertEquals(2, group.offer(11));
        }
    }

    @Test
    void refusesAWindowOfNoBytesAndANegativeSize() throws Exception {
        try (var pipelines = Pipelines.of(gated).open();
                var group = pipelines.group("").windowBytes(10, request -> -1).open()) {
            var builder = pipelines.group("");
            assertThrows(
                    IllegalArgumentException.class, () -> builder.windowBytes(0, request -> 1));
            assertThrows(IllegalArgumentException.class, () -> group.submit(1));
            assertEquals(0, group.counts().accepted());
        }
    }

    @Test
    void e19ManyGroupsShareThePipelines() throws Exception {
        StateMachine<Integer, String> machine = Machines.chain(2, x -> x + 1);
        try (var pipelines = Pipelines.of(machine).open()) {
            List<Group<Integer, String>> groups =
                    IntStream.range(0, 50)
                            .mapToObj(i -> pipelines.group("" + i).ordered().open())
                            .toList();
            for (int round = 0; round < 10; round++) {
                for (var group : groups) {
                    group.submit(round);
                }
            }
            for (var group : groups) {
                for (int round = 0; round < 10; round++) {
                    assertEquals(new Outcome.Ok<>(round, round + 2), next(group));
                }
                group.close();
            }
            assertEquals(0, pipelines.groups());
        }
    }

    @Test
    void e19SubmitBlocksWhenTheWindowIsFullAndGoesOnWithRoom() throws Exception {
        try (var pipelines = Pipelines.of(gated).open();
                var group = pipelines.group("").window(2).open()) {
            group.submit(1);
            group.submit(1);
            assertEquals(Group.FULL, group.offer(1));
            Thread third = Thread.ofVirtual().start(() -> submit(group, 1));
            Eventually.holds("third waits", () -> third.getState() == Thread.State.WAITING);
            assertEquals(2, group.counts().accepted());
            next(group);
            Eventually.ends(third);
            assertEquals(3, group.counts().accepted());
        }
    }

    @Test
    void e19ClosingAGroupWaitsForItsRequests() throws Exception {
        var pipelines = Pipelines.of(gated).open();
        var group = pipelines.group("").open();
        group.submit(0);
        Thread closer = Thread.ofVirtual().start(group::close);
        Eventually.holds("closer waits", () -> closer.getState() == Thread.State.WAITING);
        assertFalse(isEnded(group));
        gate.countDown();
        Eventually.ends(closer);
        assertTrue(isEnded(group));
        assertEquals(new Counts(1, 1, 0, 0), group.counts());
        pipelines.close();
    }

    @Test
    void w2OneOfAHundredGroupsIsNeverReadAndTheOthersGoOn() throws Exception {
        StateMachine<Integer, String> machine = Machines.mapping(x -> x);
        try (var pipelines = Pipelines.of(machine).open();
                var parked = pipelines.group("parked").window(100).open()) {
            Thread keen = Thread.ofVirtual().start(() -> submit(parked, 0, 200));
            List<Group<Integer, String>> others =
                    IntStream.range(0, 99)
                            .mapToObj(i -> pipelines.group("").window(10).open())
                            .toList();
            List<Thread> submitters =
                    others.stream()
                            .map(group -> Thread.ofVirtual().start(() -> submit(group, 0, 100)))
                            .toList();
            for (var group :
                    others) { // all at once; each needs its pipeline thread ten times and more
                for (int i = 0; i < 100; i++) {
                    assertEquals(i, ok(next(group)));
                }
                group.close();
            }
            for (Thread submitter : submitters) {
                Eventually.ends(submitter);
            }
            Eventually.holds("it waits", () -> keen.getState() == Thread.State.WAITING);
            assertEquals(new Counts(100, 0, 0, 0), parked.counts());
            Eventually.holds(
                    "no thread waits for its consumer", () -> pipelines.stats().running() == 0);
            parked.cancel("enough");
            Eventually.ends(keen);
        }
    }

    private static void submit(Group<Integer, String> group, int from, int to) {
        try {
            for (int i = from; i < to; i++) {
                group.submit(i);
            }
        } catch (InterruptedException | GroupClosedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// What a group holds open may be large, and pipelines live longer than groups.
    @Test
    void nothingKeepsAGroupThatHasEnded() throws Exception {
        try (var pipelines = Pipelines.of(Machines.<Integer, byte[]>mapping(x -> x)).open()) {
            for (boolean ordered : List.of(false, true)) {
                WeakReference<byte[]> resources = useOnce(pipelines, ordered);
                Eventually.holds(
                        "the resources of an ended group are garbage, ordered: " + ordered,
                        () -> {
                            System.gc();
                            return resources.get() == null;
                        });
            }
        }
    }

    private static WeakReference<byte[]> useOnce(
            Pipelines<Integer, byte[]> pipelines, boolean ordered) throws InterruptedException {
        byte[] resources = new byte[1];
        var builder = pipelines.group(resources);
        try (var group = (ordered ? builder.ordered() : builder).open()) {
            group.submit(1);
            group.take();
        }
        return new WeakReference<>(resources);
    }

    @Test
    void w3ACancelledSubmitLeavesNoGap() throws Exception {
        try (var pipelines = Pipelines.of(gated).open();
                var group = pipelines.group("").ordered().window(1).open()) {
            group.submit(0);
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread blocked =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    group.submit(1);
                                } catch (InterruptedException e) {
                                    thrown.set(e);
                                }
                            });
            Eventually.holds("it waits", () -> blocked.getState() == Thread.State.WAITING);
            blocked.interrupt();
            Eventually.ends(blocked);
            assertInstanceOf(InterruptedException.class, thrown.get());
            gate.countDown();
            assertEquals(0, next(group).sequence());
            assertEquals(1, group.submit(3));
            assertEquals(new Outcome.Ok<>(1, 3), next(group));
        }
    }

    @Test
    void w4WhatAnOrderedGroupHoldsIsBounded() throws Exception {
        try (var pipelines = Pipelines.of(gated).parallelism(2).open();
                var group = pipelines.group("").ordered().window(8).open()) {
            group.submit(0);
            for (int i = 0; i < 7; i++) {
                group.submit(1);
            }
            Eventually.holds("all others are done", () -> entered.get() == 8);
            assertEquals(Group.FULL, group.offer(1));
            gate.countDown();
            next(group);
            assertEquals(8, group.offer(1));
        }
    }

    @Test
    void w7SubmitAfterCloseIsAClearErrorAndClosingTwiceIsHarmless() throws Exception {
        try (var pipelines = Pipelines.of(gated).open()) {
            var group = pipelines.group("").open();
            group.close();
            group.close();
            var refused = assertThrows(GroupClosedException.class, () -> group.submit(1));
            assertEquals(
                    "group " + group.id() + " is finished (expected: open)", refused.getMessage());
            assertThrows(GroupClosedException.class, () -> group.offer(1));
            assertNull(group.take());
            pipelines.close();
            pipelines.close();
            var closed =
                    assertThrows(IllegalStateException.class, () -> pipelines.group("").open());
            assertEquals("pipelines are closed (expected: open)", closed.getMessage());
        }
    }

    @Test
    void e07CancelledRequestsLeaveWithThatErrorAndOthersAreNotTouched() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        AtomicBoolean seenCancelled = new AtomicBoolean();
        Stage<Integer, String> second =
                Stage.of(
                        "second",
                        request -> {
                            throw new AssertionError("entered");
                        });
        Stage<Integer, String> first =
                Stage.of(
                        "first",
                        request -> {
                            inside.countDown();
                            if (request.resources().equals("other")) {
                                return Stage.end();
                            }
                            while (!request.isCancelled()) {
                                Thread.onSpinWait();
                            }
                            seenCancelled.set(true);
                            return second;
                        });
        try (var pipelines = Pipelines.of(StateMachine.of(first, second)).open();
                var group = pipelines.group("").open();
                var other = pipelines.group("other").open()) {
            group.submit(0);
            Eventually.opens(inside);
            group.cancel("enough");
            assertEquals(
                    new Outcome.Aborted<>(
                            0, new Fault(Fault.Kind.CANCELLED, "first", 1, "enough", false)),
                    next(group));
            assertNull(group.take());
            other.submit(7);
            assertEquals(7, ok(next(other)));
            assertEquals(new Counts(1, 0, 0, 1), group.counts());
        }
        assertTrue(seenCancelled.get());
    }

    @Test
    void e07NoStageIsEnteredAfterACancelThatCameInAPreProcessor() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        AtomicBoolean entered = new AtomicBoolean();
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    entered.set(true);
                    return Stage.end();
                });
        try (var pipelines =
                        Pipelines.of(machine)
                                .before(request -> {
                                    inside.countDown();
                                    while (!request.isCancelled()) {
                                        Thread.onSpinWait();
                                    }
                                })
                                .open();
                var group = pipelines.group("").open()) {
            group.submit(0);
            Eventually.opens(inside);
            group.cancel(0, "enough");
            assertEquals(
                    new Outcome.Failed<>(
                            0, new Fault(Fault.Kind.CANCELLED, null, 1, "enough", false)),
                    next(group));
        }
        assertFalse(entered.get());
    }

    @Test
    void cancelInterruptsRunningStagesAndAbortsWhatWaits() throws Exception {
        try (var pipelines = Pipelines.of(gated).parallelism(2).open();
                var group = pipelines.group("").ordered().open()) {
            for (int i = 0; i < 10; i++) {
                group.submit(0);
            }
            Eventually.holds("two run", () -> entered.get() == 2);
            group.cancel("stop");
            group.cancel("later");
            for (int i = 0; i < 10; i++) {
                Fault fault = assertInstanceOf(Outcome.Aborted.class, next(group)).fault();
                assertEquals("stop", fault.text());
                assertEquals(i < 2 ? "work" : null, fault.stage());
            }
            assertEquals(new Counts(10, 0, 0, 10), group.counts());
            var refused = assertThrows(GroupClosedException.class, () -> group.submit(1));
            assertEquals(
                    "group " + group.id() + " was cancelled: stop (expected: open)",
                    refused.getMessage());
        }
        assertEquals(2, entered.get());
    }

    @Test
    void aWaitingGroupIsCancelledWhileOthersKeepAllThreadsBusy() throws Exception {
        try (var pipelines = Pipelines.of(gated).open();
                var busy = pipelines.group("").open();
                var group = pipelines.group("").open()) {
            busy.submit(0);
            Eventually.holds("busy", () -> entered.get() == 1);
            group.submit(1);
            group.cancel("stop");
            assertInstanceOf(Outcome.Aborted.class, next(group));
            gate.countDown();
        }
    }

    @Test
    void oneRequestIsCancelledWhereverItIs() throws Exception {
        try (var pipelines = Pipelines.of(gated).open();
                var group = pipelines.group("").ordered().open()) {
            group.submit(0);
            group.submit(1);
            group.submit(1);
            Eventually.holds("first runs", () -> entered.get() == 1);
            group.cancel(1, "not that");
            group.cancel(0, "nor that");
            assertEquals(
                    new Outcome.Failed<>(
                            0, new Fault(Fault.Kind.CANCELLED, "work", 1, "nor that", false)),
                    next(group));
            assertEquals(
                    new Outcome.Failed<>(
                            1, new Fault(Fault.Kind.CANCELLED, null, 1, "not that", false)),
                    next(group));
            assertEquals(new Outcome.Ok<>(2, 1), next(group));
        }
    }

    @Test
    void anInterruptThatAStageLeavesBehindHitsNobodyElse() throws Exception {
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    if (request.data() == 0) {
                        Thread.currentThread().interrupt();
                    } else {
                        assertFalse(Thread.currentThread().isInterrupted());
                    }
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            for (int i = 0; i < 60; i++) {
                group.inlet().learn(1, 1); // so that the only thread takes them all
            }
            group.submitAll(List.of(0, 1, 0, 1));
            for (int i = 0; i < 4; i++) {
                ok(next(group));
            }
        }
    }

    @Test
    void aBlockedSubmitEndsWhenItsGroupIsCancelled() throws Exception {
        try (var pipelines = Pipelines.of(gated).open();
                var group = pipelines.group("").window(1).open()) {
            group.submit(0);
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread blocked =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    group.submit(1);
                                } catch (InterruptedException | GroupClosedException e) {
                                    thrown.set(e);
                                }
                            });
            Eventually.holds("it waits", () -> blocked.getState() == Thread.State.WAITING);
            group.cancel("stop");
            Eventually.ends(blocked);
            assertInstanceOf(GroupClosedException.class, thrown.get());
        }
    }

    @Test
    void closingThePipelinesWaitsForRequestsAndKeepsOutcomes() throws Exception {
        var pipelines = Pipelines.of(gated).open();
        var group = pipelines.group("").open();
        for (int i = 0; i < 1000; i++) {
            group.submit(1);
        }
        pipelines.close();
        List<Outcome<Integer>> outcomes = new ArrayList<>();
        group.forEach(outcomes::add);
        assertEquals(1000, outcomes.size());
        assertEquals(new Counts(1000, 1000, 0, 0), group.counts());
    }

    @Test
    void cancellingThePipelinesCancelsTheGroups() throws Exception {
        var pipelines = Pipelines.of(gated).open();
        var group = pipelines.group("").open();
        group.submit(0);
        Eventually.holds("it runs", () -> entered.get() == 1);
        pipelines.cancel("shutdown");
        Fault fault = assertInstanceOf(Outcome.Aborted.class, next(group)).fault();
        assertEquals("shutdown", fault.text());
        assertNull(group.take());
    }

    @Test
    void refusesAWindowBelowOne() {
        try (var pipelines = Pipelines.of(gated).open()) {
            var builder = pipelines.group("");
            var refused = assertThrows(IllegalArgumentException.class, () -> builder.window(0));
            assertEquals("window: 0 (expected: >= 1)", refused.getMessage());
        }
    }

    private static boolean isEnded(Group<?, ?> group) {
        return group.ended().toCompletableFuture().isDone();
    }

    private static void submit(Group<Integer, String> group, int data) {
        try {
            group.submit(data);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static <D> Outcome<D> next(Group<D, ?> group) throws InterruptedException {
        Outcome<D> outcome = group.take();
        assertNotNull(outcome, "the group has ended");
        return outcome;
    }
}
