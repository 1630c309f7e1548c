package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stagedpipe.engine.GroupTest.next;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/// Stages that hear no cancel, in groups without a deadline. Each takes the five seconds after which it is given up.
@Timeout(40)
class DeafStageTest {

    private static final int DEAF = 0;
    private static final int FINE = 1;
    private static final int SLOW = 2;

    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final List<StuckStage> reports = Collections.synchronizedList(new ArrayList<>());
    private final List<Long> encoded = Collections.synchronizedList(new ArrayList<>());

    private final StateMachine<Integer, String> machine =
            Machines.single(request -> {
                if (request.data() == DEAF) {
                    hang();
                }
                return Stage.end();
            });

    private final Hooks<Integer, String> hooks =
            new Hooks<>() {
                @Override
                public void leave(AttachedRequest<Integer, String> request) {
                    encoded.add(request.sequence());
                }
            };

    private final PipelinesListener listener =
            new PipelinesListener() {
                @Override
                public void stageStuck(StuckStage stuck) {
                    reports.add(stuck);
                }
            };

    @Test
    void aGroupThatIsCancelledEndsAndItsThreadIsReplaced() throws Exception {
        try (var pipelines = Pipelines.of(machine).hooks(hooks).listener(listener).open();
                var group = pipelines.group("").open()) {
            try {
                group.submitAll(List.of(DEAF, FINE));
                begun.await();
                group.cancel("enough");
                for (int i = 0; i < 2; i++) {
                    assertEquals(
                            new Fault(Fault.Kind.CANCELLED, null, 1, "enough", false),
                            assertInstanceOf(Outcome.Aborted.class, next(group)).fault());
                }
                assertNull(group.take());
                assertEquals(new Counts(2, 0, 0, 2), group.counts());
                Eventually.holds("reported", () -> reports.size() == 1);
                StuckStage stuck = reports.getFirst();
                assertEquals(0, stuck.sequence());
                assertTrue(stuck.running().toMillis() >= 5_000, stuck.toString());
                assertTrue(
                        stuck.stack().stream()
                                .anyMatch(frame -> frame.getMethodName().equals("hang")),
                        stuck.toString());
                try (var other = pipelines.group("").open()) {
                    other.submit(FINE);
                    assertEquals(new Outcome.Ok<>(0, FINE), next(other));
                }
                assertEquals(1, pipelines.stats().stuck());
            } finally {
                release.countDown();
            }
            Eventually.holds("it came back", () -> pipelines.stats().stuck() == 0);
            assertEquals(List.of(0L), encoded, "that of the other group only");
        }
    }

    @Test
    void oneRequestIsGivenUpInTheMiddleOfItsRunAndTheOthersGoOn() throws Exception {
        var pipelines = Pipelines.of(machine).hooks(hooks).listener(listener).open();
        try {
            var group = pipelines.group("").open();
            long first = untilRunsAreLong(group);
            group.submitAll(List.of(FINE, FINE, DEAF, FINE, FINE, FINE));
            begun.await();
            group.cancel(first + 2, "enough");
            List<String> outcomes = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Outcome<Integer> outcome = next(group);
                @Nullable Fault fault =
                        outcome instanceof Outcome.Failed<Integer> failed ? failed.fault() : null;
                outcomes.add(
                        outcome.sequence() - first + (fault == null ? "" : " " + fault.text()));
            }
            Collections.sort(outcomes);
            assertEquals(List.of("0", "1", "2 enough", "3", "4", "5"), outcomes);
            Eventually.holds("reported", () -> reports.size() == 1);
            assertEquals(new Counts(first + 6, first + 5, 1, 0), group.counts());
            assertEquals(0, Objects.requireNonNull(group.cancellation()).requests());
            Eventually.holds("all counted", () -> pipelines.stats().completed() == first + 6);
            Eventually.ends(Thread.ofVirtual().start(pipelines::close)); // it does not wait for it
        } finally {
            release.countDown();
        }
    }

    @Test
    void aRequestThatIsGivenUpKeepsItsReasonWhenItsGroupIsCancelledBeforeItIsTaken()
            throws Exception {
        var pipelines = Pipelines.of(machine).listener(listener).open();
        try {
            var group = pipelines.group("").open();
            group.submit(DEAF);
            begun.await();
            group.cancel(0, "enough");
            Eventually.holds("given up", Duration.ofSeconds(30), () -> reports.size() == 1);
            group.cancel("all of it");
            assertEquals(
                    new Fault(Fault.Kind.CANCELLED, null, 1, "enough", false),
                    assertInstanceOf(Outcome.Failed.class, next(group)).fault());
            assertNull(group.take());
        } finally {
            release.countDown();
        }
        pipelines.close();
    }

    @Test
    void aStageThatComesBackAfterItWasGivenUpIsTheLast() throws Exception {
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        Stage<Integer, String> second =
                Stage.of(
                        "second",
                        request -> {
                            seen.add("second");
                            return Stage.end();
                        });
        Stage<Integer, String> first =
                Stage.of(
                        "first",
                        request -> {
                            hang();
                            seen.add("cancelled: " + request.isCancelled());
                            return second;
                        });
        try (var pipelines = Pipelines.of(StateMachine.of(first, second)).open();
                var group = pipelines.group("").open()) {
            try {
                group.submit(DEAF);
                begun.await();
                group.cancel(0, "enough");
                assertInstanceOf(Outcome.Failed.class, next(group));
                Eventually.holds("replaced", () -> pipelines.stats().stuck() == 1);
            } finally {
                release.countDown();
            }
            Eventually.holds("it came back", () -> pipelines.stats().stuck() == 0);
            assertEquals(List.of("cancelled: true"), seen);
        }
    }

    @Test
    void aPreProcessorThatComesBackAfterItWasGivenUpEntersNoStage() throws Exception {
        List<String> entered = Collections.synchronizedList(new ArrayList<>());
        StateMachine<Integer, String> noting =
                Machines.single(request -> {
                    entered.add("work");
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(noting).before(request -> hang()).open();
                var group = pipelines.group("").open()) {
            try {
                group.submit(DEAF);
                begun.await();
                group.cancel(0, "enough");
                assertInstanceOf(Outcome.Failed.class, next(group));
                Eventually.holds("replaced", () -> pipelines.stats().stuck() == 1);
            } finally {
                release.countDown();
            }
            Eventually.holds("it came back", () -> pipelines.stats().stuck() == 0);
            assertEquals(List.of(), entered);
        }
    }

    @Test
    void whereNoThreadIsToBeHadWhatIsNotBegunEndsAndOthersAreGivenUpToo() throws Exception {
        List<VirtualMachineError> failures = Collections.synchronizedList(new ArrayList<>());
        PipelinesListener noting =
                new PipelinesListener() {
                    @Override
                    public void failed(VirtualMachineError error) {
                        failures.add(error);
                    }
                };
        Settings<Integer, String> settings =
                Machines.settings(machine, noting, Duration.ZERO, new Scale(2, 2), noMoreThan(2));
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {});
        var pipelines = new Pipelines<>(settings);
        pipelines.start();
        try {
            var group = pipelines.group("").open();
            var other = pipelines.group("").open();
            other.submit(DEAF);
            begun.await();
            long first = untilRunsAreLong(group);
            group.submitAll(List.of(DEAF, FINE, FINE, FINE));
            Eventually.holds("both hang", () -> pipelines.stats().running() == 2);
            group.cancel(first, "enough");
            for (int i = 0; i < 4; i++) {
                next(group);
            }
            assertNull(group.take());
            next(other); // the error has cancelled it
            assertNull(other.take());
            Eventually.holds("told of both", () -> failures.size() == 2);
            Eventually.ends(Thread.ofVirtual().start(pipelines::close));
        } finally {
            release.countDown();
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    /// Each thread that a thread makes asks for its inheritable values first.
    @ParameterizedTest
    @ValueSource(classes = {OutOfMemoryError.class, IllegalStateException.class})
    void whoCancelsWithoutAThreadToBeHadEndsItAllTheSame(Class<? extends Throwable> why)
            throws Exception {
        InheritableThreadLocal<String> shortage =
                new InheritableThreadLocal<>() {
                    @Override
                    protected String childValue(String value) {
                        if (why == OutOfMemoryError.class) {
                            throw new OutOfMemoryError("unable to create native thread");
                        }
                        throw new IllegalStateException("no copy");
                    }
                };
        var pipelines = Pipelines.of(machine).listener(listener).open();
        var group = pipelines.group("").open();
        try {
            group.submit(DEAF);
            begun.await();
            Thread canceller =
                    Thread.ofVirtual()
                            .start(() -> {
                                shortage.set("");
                                group.cancel("enough");
                            });
            Eventually.ends(canceller);
            Eventually.holds("given up", Duration.ofSeconds(30), () -> reports.size() == 1);
            assertInstanceOf(Outcome.Aborted.class, next(group));
            assertNull(group.take());
            Eventually.ends(Thread.ofVirtual().start(pipelines::close));
        } finally {
            release.countDown();
        }
    }

    private static ThreadFactory noMoreThan(int most) {
        AtomicInteger made = new AtomicInteger();
        return task ->
                made.incrementAndGet() <= most
                        ? Thread.ofPlatform().daemon().unstarted(task)
                        : new Thread(task) {
                            @Override
                            public void start() {
                                throw new OutOfMemoryError("unable to create native thread");
                            }
                        };
    }

    /// An interrupt of a virtual thread in a call of a file's channel lasts until the call returns.
    @Test
    void aCallThatNoInterruptEndsHoldsUpNobodyElse(@TempDir Path folder) throws Exception {
        Path pipe = folder.resolve("pipe");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
        try (FileChannel channel = FileChannel.open(pipe, READ, WRITE);
                FileChannel writer = FileChannel.open(pipe, READ, WRITE);
                var pipelines = Pipelines.of(reading(channel)).parallelism(2).open();
                var group = pipelines.group("").open()) {
            try {
                long first = untilRunsAreLong(group);
                group.submitAll(List.of(FINE, DEAF, FINE, FINE));
                begun.await();
                Thread canceller =
                        Thread.ofVirtual().start(() -> group.cancel(first + 1, "enough"));
                Eventually.ends(canceller);
                Eventually.ends(Thread.ofVirtual().start(() -> group.cancel(first + 1, "enough")));
                for (int i = 0; i < 3; i++) {
                    assertInstanceOf(Outcome.Ok.class, next(group)); // who is idle takes them
                }
                try (var other = pipelines.group("").deadline(Duration.ofMillis(100)).open()) {
                    other.submit(SLOW);
                    Fault late = assertInstanceOf(Outcome.Failed.class, next(other)).fault();
                    assertEquals(Fault.Kind.DEADLINE, late.kind()); // the watch goes on
                }
                assertInstanceOf(Outcome.Failed.class, next(group)); // given up
            } finally {
                writer.write(ByteBuffer.allocate(1));
            }
            Eventually.holds("it came back", () -> pipelines.stats().stuck() == 0);
        }
    }

    private StateMachine<Integer, String> reading(FileChannel channel) {
        return Machines.single(request -> {
            if (request.data() == DEAF) {
                begun.countDown();
                channel.read(ByteBuffer.allocate(1));
            } else if (request.data() == SLOW) {
                Thread.sleep(60_000);
            }
            return Stage.end();
        });
    }

    /// Until its requests are known to be so fast that several make a run. Answers how many it had.
    private static long untilRunsAreLong(Group<Integer, String> group) throws Exception {
        do {
            group.submit(FINE);
            next(group);
        } while (group.inlet().nanosPerRequest() == 0 || group.inlet().nanosPerRequest() > 10_000);
        return group.counts().accepted();
    }

    private void hang() {
        begun.countDown();
        while (release.getCount() > 0) {
            try {
                release.await();
            } catch (InterruptedException e) {
                continue; // that is what a deaf stage does
            }
        }
    }
}
