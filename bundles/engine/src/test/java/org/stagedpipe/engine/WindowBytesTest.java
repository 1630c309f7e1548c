package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.stagedpipe.engine.GroupTest.next;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Windows that count bytes.
@Timeout(30)
class WindowBytesTest {

    /// The data is its size.
    private static Group<Integer, String> tenBytes(Pipelines<Integer, String> pipelines) {
        return pipelines.group("").windowBytes(10, request -> request.data()).open();
    }

    @Test
    void aRequestCountsAsManyBytesAsItWasSubmittedWith() throws Exception {
        try (var pipelines = Pipelines.of(Machines.<Integer, String>mapping(x -> 10 * x)).open();
                var group = tenBytes(pipelines)) {
            group.submit(5);
            Eventually.holds("its result has 50", () -> pipelines.stats().completed() == 1);
            assertEquals(1, group.offer(5));
            assertEquals(Group.FULL, group.offer(1));
            next(group);
            assertEquals(2, group.offer(5), "as many are given back");
            assertEquals(Group.FULL, group.offer(1));
        }
    }

    @Test
    void aLargeRequestGetsInThoughSmallOnesKeepComing() throws Exception {
        List<Thread> small = new ArrayList<>();
        try (var pipelines = Pipelines.of(Machines.<Integer, String>mapping(x -> x)).open();
                var group = tenBytes(pipelines)) {
            Thread reader = Thread.ofPlatform().start(() -> readAllButOne(group));
            small.add(Thread.ofPlatform().start(() -> submitOnes(group, false)));
            small.add(Thread.ofPlatform().start(() -> submitOnes(group, true)));
            Eventually.holds("they come", () -> group.counts().accepted() > 100);
            Thread large = Thread.ofPlatform().start(() -> submit(group, 11));
            Eventually.ends(large);
            long before = group.counts().accepted();
            Eventually.holds("they go on", () -> group.counts().accepted() > before + 100);
            group.finish();
            for (Thread thread : small) {
                Eventually.ends(thread);
            }
            Eventually.ends(reader);
        }
    }

    @Test
    void whoWaitsForItsKeyHoldsUpNoOtherKey() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    if (request.data() == 1) {
                        gate.await();
                    }
                    return Stage.end();
                });
        try (var pipelines =
                        Pipelines.of(machine)
                                .parallelism(2)
                                .keyed(Request::data, List.of("work"), 1, false)
                                .open();
                var group = tenBytes(pipelines)) {
            group.submit(1);
            Thread waiting = Thread.ofPlatform().start(() -> submit(group, 1));
            Eventually.holds("it waits", () -> pipelines.stats().keys().admissionWaiters() == 1);
            Thread other = Thread.ofPlatform().start(() -> submit(group, 2));
            Eventually.ends(other);
            gate.countDown();
            Eventually.ends(waiting);
        }
    }

    /// Its key becomes free while others keep the bytes taken: it waits for these in turn then.
    @Test
    void aLargeRequestThatWaitedForItsKeyGetsInThoughSmallOnesKeepComing() throws Exception {
        AtomicInteger keys = new AtomicInteger();
        CountDownLatch gate = new CountDownLatch(1);
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    if (request.data() == 8) {
                        gate.await();
                    }
                    return Stage.end();
                });
        try (var pipelines =
                        Pipelines.of(machine)
                                .parallelism(3)
                                .keyed(
                                        request -> request.data() == 1 ? keys.incrementAndGet() : 0,
                                        List.of("work"),
                                        1,
                                        false)
                                .open();
                var group = tenBytes(pipelines)) {
            Thread reader = Thread.ofPlatform().start(() -> readAllButOne(group));
            group.submit(8);
            Thread large = Thread.ofPlatform().start(() -> submit(group, 10));
            Eventually.holds("it waits", () -> pipelines.stats().keys().admissionWaiters() == 1);
            Thread small = Thread.ofPlatform().start(() -> submitOnes(group, false));
            gate.countDown();
            Eventually.ends(large);
            group.finish();
            Eventually.ends(small);
            Eventually.ends(reader);
        }
    }

    @Test
    void whoWaitsBehindALargeRequestHearsOfTheEnd() throws Exception {
        try (var pipelines = Pipelines.of(Machines.<Integer, String>mapping(x -> x)).open();
                var group = tenBytes(pipelines)) {
            group.submit(1);
            Thread large = Thread.ofPlatform().start(() -> submit(group, 11));
            Eventually.holds("it waits", () -> large.getState() == Thread.State.WAITING);
            Thread behind = Thread.ofPlatform().start(() -> submit(group, 1));
            Eventually.holds("it waits", () -> behind.getState() == Thread.State.WAITING);
            assertEquals(1, group.counts().accepted(), "there is room for it");
            group.finish();
            Eventually.ends(large);
            Eventually.ends(behind);
            assertEquals(1, group.counts().accepted());
        }
    }

    private static void submit(Group<Integer, String> group, int bytes) {
        try {
            group.submit(bytes);
        } catch (GroupClosedException e) {
            // the test is over
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void submitOnes(Group<Integer, String> group, boolean inRuns) {
        try {
            while (true) {
                if (inRuns) {
                    group.submitAll(List.of(1, 1));
                } else {
                    group.submit(1);
                }
            }
        } catch (GroupClosedException e) {
            // the test is over
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// Leaves one in flight for as long as others come.
    private static void readAllButOne(Group<Integer, String> group) {
        Outcome<Integer> outcome;
        do {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
            while (inFlight(group) < 2 && System.nanoTime() < end) {
                Thread.yield();
            }
            outcome = take(group);
        } while (outcome != null);
    }

    private static long inFlight(Group<Integer, String> group) {
        Counts counts = group.counts();
        return counts.accepted() - counts.delivered();
    }

    private static @Nullable Outcome<Integer> take(Group<Integer, String> group) {
        try {
            return group.take();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
