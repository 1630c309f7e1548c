package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.time.Duration;
import java.util.AbstractCollection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Items that run for long in groups without any deadline.
@Timeout(40)
class SlowItemsTest {

    private static final long QUICK = 1;

    private final CountDownLatch release = new CountDownLatch(1);
    private final CountDownLatch hanging = new CountDownLatch(1);
    private final AtomicInteger interrupts = new AtomicInteger();
    private final BlockingQueue<SlowItem> told = new LinkedBlockingQueue<>();
    private final PipelinesListener listener =
            new PipelinesListener() {
                @Override
                public void itemSlow(SlowItem slow) {
                    if (slow.sequence() != QUICK) { // which a busy machine may hold up
                        told.add(slow);
                    }
                }

                @Override
                public void stageStuck(StuckStage stuck) {
                    throw new AssertionError(stuck);
                }
            };

    /// Negative data hang.
    private final StateMachine<Integer, String> machine =
            Machines.single(request -> {
                if (request.data() < 0) {
                    hang();
                }
                return Stage.end();
            });

    private void hang() throws InterruptedException {
        hanging.countDown();
        try {
            release.await(20, TimeUnit.SECONDS); // not for ever, or a failure would not be told
        } catch (InterruptedException e) {
            interrupts.incrementAndGet();
            throw e;
        }
    }

    @Test
    void oneThatHangsIsToldOnceWithItsStackAndTheGroupGoesOn() throws Exception {
        try (var pipelines = open(Duration.ofMillis(20));
                var group = pipelines.group("").open()) {
            group.submit(-1);
            SlowItem first = told.poll(20, TimeUnit.SECONDS);
            assertNotNull(first);
            assertEquals(group.id(), first.group());
            assertEquals(0, first.sequence());
            assertEquals(1, first.attempt());
            assertNull(first.stage());
            assertTrue(first.running().toMillis() >= 20, first.toString());
            assertTrue(first.thread().startsWith("pipeline-"), first.thread());
            assertTrue(
                    first.stack().stream().anyMatch(frame -> frame.getMethodName().equals("hang")),
                    first.stack().toString());

            group.submit(1);
            assertEquals(new Outcome.Ok<>(QUICK, 1), group.take());
            group.submit(
                    -2); // it takes as long: whoever tells the first one again does so meanwhile
            SlowItem second = told.poll(20, TimeUnit.SECONDS);
            assertNotNull(second);
            assertEquals(2, second.sequence());

            release.countDown();
            group.take();
            group.take();
            assertEquals(new Counts(3, 3, 0, 0), group.counts());
            assertEquals(List.of(), List.copyOf(told));
            assertEquals(0, pipelines.stats().stuck());
        }
    }

    @Test
    void itCountsFromTheFirstLookThatFoundIt() throws Exception {
        SlowItems<Integer, String> items = new SlowItems<>(100, listener);
        try (var pipelines = open(Duration.ZERO);
                var group = pipelines.group("").open()) {
            long now = Long.MAX_VALUE - 50; // it overflows
            group.submit(-1);
            Eventually.opens(hanging);
            items.look(pipelines.crew().workers(), now);
            items.look(pipelines.crew().workers(), now + 99);
            assertEquals(0, told.size());
            items.look(pipelines.crew().workers(), now + 100);
            assertEquals(Duration.ofNanos(100), told.remove().running());
            items.look(pipelines.crew().workers(), now + 1_000);
            items.look(List.of(), now + 1_001);
            assertEquals(0, told.size());
            items.look(pipelines.crew().workers(), now + 2_000);
            assertEquals(0, told.size(), "a look without it forgets it");
            items.look(pipelines.crew().workers(), now + 2_100);
            assertEquals(1, told.size());
            release.countDown();
            group.take();
        }
    }

    /// While there is nothing else to look at it sleeps for a second each time.
    @Test
    void whoNeedsTheWatchWakesIt() throws Exception {
        Settings<Integer, String> settings =
                Machines.settings(
                        machine,
                        listener,
                        Duration.ofHours(1),
                        new Scale(1, 1),
                        Threads.VIRTUAL.factory());
        AtomicInteger looks = new AtomicInteger();
        var groups =
                new AbstractCollection<Group<Integer, String>>() {
                    @Override
                    public Iterator<Group<Integer, String>> iterator() {
                        looks.incrementAndGet();
                        return Collections.emptyIterator();
                    }

                    @Override
                    public int size() {
                        return 0;
                    }
                };
        var crew = new Crew<>(settings, new Figures<>(settings), error -> {});
        var watch = new Watch<>(settings, crew, groups, error -> {});
        watch.start();
        watch.need();
        for (int i = 0; i < 60; i++) { // longer than this test may take
            int before = looks.get();
            watch.need();
            Eventually.holds("it looks", () -> looks.get() > before);
        }
        watch.stop();
    }

    @Test
    void deadlinesAndCancelsAreLookedAtBesides() throws Exception {
        try (var pipelines = open(Duration.ofHours(1));
                var idle = pipelines.group("").open();
                var group = pipelines.group("").stageDeadline(Duration.ofMillis(50)).open()) {
            idle.submit(1);
            assertEquals(new Outcome.Ok<>(0, 1), idle.take());
            group.submit(-1);
            assertInstanceOf(Outcome.Failed.class, group.take());
            Eventually.holds("interrupted", () -> interrupts.get() == 1);
            idle.submit(-1);
            Eventually.holds("it runs", () -> pipelines.stats().running() == 1);
            idle.cancel("enough");
            assertInstanceOf(Outcome.Aborted.class, idle.take());
            Eventually.holds("interrupted", () -> interrupts.get() == 2);
        }
        assertEquals(0, told.size());
    }

    @Test
    void refusesANegativeTime() {
        var negative = Pipelines.of(machine).slowReport(Duration.ofMillis(-1));
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, negative::open);
        assertEquals("slow report: PT-0.001S (expected: >= 0)", refused.getMessage());
    }

    private Pipelines<Integer, String> open(Duration after) {
        return Pipelines.of(machine).parallelism(3).listener(listener).slowReport(after).open();
    }
}
