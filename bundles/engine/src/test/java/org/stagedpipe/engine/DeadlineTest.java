package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
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

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// Deadlines of items and stages, and stages that hang.
@Timeout(30)
class DeadlineTest {

    private static final Duration SHORT = Duration.ofSeconds(1);

    private final CountDownLatch never = new CountDownLatch(1);
    private final AtomicInteger interrupts = new AtomicInteger();

    private final StateMachine<Integer, String> waiting =
            Machines.single(request -> {
                if (request.data() == 0) {
                    waitForAnInterrupt();
                }
                return Stage.end();
            });

    private void waitForAnInterrupt() throws InterruptedException {
        try {
            never.await();
        } catch (InterruptedException e) {
            interrupts.incrementAndGet();
            throw e;
        }
    }

    @Test
    void aStageThatTakesTooLongIsInterruptedAndItsItemFails() throws Exception {
        try (var pipelines = Pipelines.of(waiting).open();
                var group = pipelines.group("").stageDeadline(SHORT).open()) {
            group.submit(0);
            group.submit(1);
            assertEquals(
                    new Outcome.Failed<>(
                            0,
                            new Fault(
                                    Fault.Kind.DEADLINE,
                                    "work",
                                    1,
                                    "stage work ran longer than PT1S",
                                    false)),
                    next(group));
            assertEquals(new Outcome.Ok<>(1, 1), next(group));
            assertInterrupted(1, pipelines);
        }
    }

    /// And no thread was left behind: one that is given up hears nothing.
    private void assertInterrupted(int times, Pipelines<Integer, String> pipelines)
            throws InterruptedException {
        Eventually.holds("interrupted", () -> interrupts.get() == times);
        Eventually.holds("it came back", () -> pipelines.stats().stuck() == 0);
    }

    @Test
    void anItemThatTakesTooLongOverAllItsStagesFails() throws Exception {
        AtomicReference<@Nullable Duration> remaining = new AtomicReference<>();
        AtomicReference<Stage<Integer, String>> self = new AtomicReference<>();
        Stage<Integer, String> round =
                Stage.of(
                        "round",
                        request -> {
                            remaining.set(request.remaining());
                            Thread.sleep(1);
                            return Objects.requireNonNull(self.get());
                        });
        self.set(round);
        try (var pipelines = Pipelines.of(StateMachine.of(round)).open();
                var group = pipelines.group("").deadline(SHORT).open()) {
            group.submit(0);
            Fault fault = assertInstanceOf(Outcome.Failed.class, next(group)).fault();
            assertEquals(Fault.Kind.DEADLINE, fault.kind());
            assertEquals("item ran longer than PT1S", fault.text());
        }
        Duration last = remaining.get();
        assertNotNull(last);
        assertTrue(last.compareTo(SHORT) <= 0, last.toString());
    }

    @Test
    void aStageSeesThatItsTimeIsOver() throws Exception {
        StateMachine<Integer, String> polite =
                Machines.single(request -> {
                    while (!request.isCancelled()) {
                        Thread.onSpinWait();
                    }
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(polite).open();
                var group = pipelines.group("").stageDeadline(SHORT).open()) {
            group.submit(0);
            Fault fault = assertInstanceOf(Outcome.Failed.class, next(group)).fault();
            assertEquals(Fault.Kind.DEADLINE, fault.kind());
        }
    }

    @Test
    void withoutADeadlineThereIsNoneRemaining() throws Exception {
        AtomicReference<@Nullable Duration> remaining = new AtomicReference<>(SHORT);
        StateMachine<Integer, String> machine =
                Machines.single(request -> {
                    remaining.set(request.remaining());
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            group.submit(0);
            next(group);
        }
        assertEquals(null, remaining.get());
    }

    @Test
    void aStageThatHangsIsReportedWithItsStackAndTheGroupGoesOn() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        BlockingQueue<StuckStage> reports = new LinkedBlockingQueue<>();
        StateMachine<Integer, String> deaf =
                Machines.single(request -> {
                    if (request.data() == 0) {
                        hang(release);
                    }
                    return Stage.end();
                });
        PipelinesListener listener =
                new PipelinesListener() {
                    @Override
                    public void stageStuck(StuckStage stuck) {
                        reports.add(stuck);
                    }
                };
        try (var pipelines = Pipelines.of(deaf).listener(listener).open();
                var group = pipelines.group("").stageDeadline(SHORT).open()) {
            group.submit(0); // the only thread hangs in it
            group.submit(1);
            Fault fault = assertInstanceOf(Outcome.Failed.class, next(group)).fault();
            assertEquals(Fault.Kind.DEADLINE, fault.kind());
            assertEquals(new Outcome.Ok<>(1, 1), next(group));
            StuckStage stuck = reports.poll(10, TimeUnit.SECONDS);
            assertNotNull(stuck);
            assertEquals(0, stuck.sequence());
            assertEquals("work", stuck.stage());
            assertEquals("pipeline-0", stuck.thread().getName());
            assertTrue(
                    stuck.stack().stream().anyMatch(frame -> frame.getMethodName().equals("hang")),
                    stuck.stack().toString());
            Eventually.holds("replaced", () -> pipelines.stats().stuck() == 1);
            assertEquals(new Counts(2, 1, 1, 0), group.counts());
            release.countDown();
            Eventually.holds("it came back", () -> pipelines.stats().stuck() == 0);
            group.submit(2);
            assertEquals(new Outcome.Ok<>(2, 2), next(group));
            Eventually.holds("all are counted", () -> pipelines.stats().completed() == 3);
            group.blockedNanos(1);
            assertEquals(0, group.blockedNanos(2), "nothing is left to be taken");
        }
    }

    @Test
    void aThreadThatReplacesOneHasTheContextOfWhoeverMadeThePipelines() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        AtomicReference<@Nullable ClassLoader> seen = new AtomicReference<>();
        StateMachine<Integer, String> deaf =
                Machines.single(request -> {
                    if (request.data() == 0) {
                        hang(release);
                    }
                    seen.set(Thread.currentThread().getContextClassLoader());
                    return Stage.end();
                });
        ClassLoader plugin = new ClassLoader() {};
        Thread host = Thread.currentThread();
        ClassLoader before = host.getContextClassLoader();
        host.setContextClassLoader(plugin);
        try (var pipelines = Pipelines.of(deaf).open()) {
            host.setContextClassLoader(before);
            try (var group = pipelines.group("").stageDeadline(SHORT).open()) {
                group.submit(0); // the only thread hangs in it
                group.submit(1);
                assertInstanceOf(Outcome.Failed.class, next(group));
                assertEquals(new Outcome.Ok<>(1, 1), next(group));
                assertSame(plugin, seen.get());
            } finally {
                release.countDown();
            }
        } finally {
            host.setContextClassLoader(before);
        }
    }

    @Test
    void hooksMayTakeAsLongAsAStage() throws Exception {
        Hooks<Integer, String> hooks =
                new Hooks<>() {
                    @Override
                    public void enter(AttachedRequest<Integer, String> request) throws Exception {
                        if (request.data() == 1) {
                            waitForAnInterrupt();
                        }
                    }

                    @Override
                    public void leave(AttachedRequest<Integer, String> request) throws Exception {
                        if (request.data() == 2) {
                            waitForAnInterrupt();
                        }
                    }
                };
        try (var pipelines = Pipelines.of(waiting).hooks(hooks).open();
                var group = pipelines.group("").stageDeadline(SHORT).open()) {
            for (int i = 1; i <= 2; i++) {
                group.submit(i);
                Fault fault = assertInstanceOf(Outcome.Failed.class, next(group)).fault();
                assertEquals(Fault.Kind.DEADLINE, fault.kind());
                assertEquals("what surrounds the stages ran longer than PT1S", fault.text());
            }
            group.submit(3);
            assertEquals(new Outcome.Ok<>(2, 3), next(group));
            assertInterrupted(2, pipelines);
        }
    }

    @Test
    void theResultOfARequestThatWasGivenUpIsNotEncoded() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        BlockingQueue<Long> encoded = new LinkedBlockingQueue<>();
        StateMachine<Integer, String> deaf =
                Machines.single(request -> {
                    if (request.data() == 0) {
                        hang(release);
                    }
                    return Stage.end();
                });
        Hooks<Integer, String> hooks =
                new Hooks<>() {
                    @Override
                    public void leave(AttachedRequest<Integer, String> request) {
                        encoded.add(request.sequence());
                    }
                };
        try (var pipelines = Pipelines.of(deaf).hooks(hooks).open();
                var group = pipelines.group("").stageDeadline(SHORT).open()) {
            group.submit(0);
            assertInstanceOf(Outcome.Failed.class, next(group));
            release.countDown();
            Eventually.holds("it came back", () -> pipelines.stats().stuck() == 0);
            group.submit(1);
            assertEquals(new Outcome.Ok<>(1, 1), next(group));
            assertEquals(List.of(1L), List.copyOf(encoded));
        }
    }

    @Test
    void stagesThatComputeOnAllCarriersAreReported() throws Exception {
        AtomicBoolean released = new AtomicBoolean();
        BlockingQueue<StuckStage> reports = new LinkedBlockingQueue<>();
        StateMachine<Integer, String> computing =
                Machines.single(request -> {
                    while (!released.get()) {
                        Thread.onSpinWait();
                    }
                    return Stage.end();
                });
        PipelinesListener listener =
                new PipelinesListener() {
                    @Override
                    public void stageStuck(StuckStage stuck) {
                        reports.add(stuck);
                    }
                };
        int carriers = Runtime.getRuntime().availableProcessors();
        try (var pipelines =
                        Pipelines.of(computing).parallelism(carriers).listener(listener).open();
                var group = pipelines.group("").stageDeadline(SHORT).open()) {
            try {
                for (int i = 0; i < carriers; i++) {
                    group.submit(i);
                }
                assertNotNull(reports.poll(10, TimeUnit.SECONDS));
            } finally {
                released.set(true);
            }
        }
    }

    @Test
    void aListenerThatThrowsEndsNoDeadline() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        StateMachine<Integer, String> deaf =
                Machines.single(request -> {
                    hang(release);
                    return Stage.end();
                });
        BlockingQueue<Throwable> uncaught = new LinkedBlockingQueue<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> uncaught.add(error));
        PipelinesListener listener =
                new PipelinesListener() {
                    @Override
                    public void stageStuck(StuckStage stuck) {
                        throw new IllegalStateException("bad listener");
                    }
                };
        try (var pipelines = Pipelines.of(deaf).listener(listener).open();
                var group = pipelines.group("").stageDeadline(SHORT).open()) {
            for (int i = 0; i < 2; i++) { // the second one after the listener has thrown
                group.submit(i);
                Fault fault = assertInstanceOf(Outcome.Failed.class, next(group)).fault();
                assertEquals(Fault.Kind.DEADLINE, fault.kind());
                assertInstanceOf(IllegalStateException.class, uncaught.poll(10, TimeUnit.SECONDS));
            }
            release.countDown();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void closingDoesNotWaitForAStageThatHangs() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        StateMachine<Integer, String> deaf =
                Machines.single(request -> {
                    hang(release);
                    return Stage.end();
                });
        var pipelines = Pipelines.of(deaf).open();
        var group = pipelines.group("").deadline(SHORT).open();
        group.submit(0);
        Thread closer = Thread.ofVirtual().start(pipelines::close);
        Eventually.ends(closer);
        assertInstanceOf(Outcome.Failed.class, next(group));
        assertFalse(release.await(0, TimeUnit.SECONDS));
        release.countDown();
    }

    @Test
    void refusesADeadlineOfNothing() {
        try (var pipelines = Pipelines.of(waiting).open()) {
            var builder = pipelines.group("");
            var refused =
                    assertThrows(
                            IllegalArgumentException.class, () -> builder.deadline(Duration.ZERO));
            assertEquals("deadline: PT0S (expected: > 0)", refused.getMessage());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> builder.stageDeadline(Duration.ofSeconds(-1)));
        }
    }

    /// Waits and hears no interrupt.
    private static void hang(CountDownLatch release) {
        while (release.getCount() > 0) {
            try {
                release.await();
            } catch (InterruptedException e) {
                // that is what a deaf stage does
            }
        }
    }
}
