package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.util.Objects.requireNonNull;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// When the watch takes a request away from its thread: by a clock of the test's own, with a thread that shows what the test says.
class GivingUpTest {

    private final List<StuckStage> reports = new ArrayList<>();

    /// Where the thread is.
    private StackTraceElement frame = frame(Shop.class, "price");

    private final PipelinesListener listener =
            new PipelinesListener() {
                @Override
                public void stageStuck(StuckStage stuck) {
                    reports.add(stuck);
                }
            };

    private final Pipelines<Integer, String> pipelines = pipelines(Duration.ZERO);

    /// Each request has the same key.
    private Pipelines<Integer, String> pipelines(Duration slowReport) {
        Settings<Integer, String> plain =
                Machines.settings(
                        Machines.mapping(x -> x),
                        listener,
                        slowReport,
                        new Scale(1, 1),
                        task ->
                                new NeverStarted(task) {
                                    @Override
                                    public StackTraceElement[] getStackTrace() {
                                        return new StackTraceElement[] {frame};
                                    }
                                });
        return new Pipelines<>(
                new Settings<>(
                        plain.machine(),
                        plain.scale(),
                        0,
                        false,
                        false,
                        List.of(),
                        null,
                        new KeyOrder<>(request -> "key", plain.machine().stages(), 2, false),
                        plain.threads(),
                        plain.name(),
                        plain.observers()));
    }

    private static StackTraceElement frame(Class<?> of, String method) {
        return new StackTraceElement(of.getName(), method, null, 1);
    }

    /// The only thread has begun its first request.
    private EngineRequest<Integer, String> begin(Group<Integer, String> group) throws Exception {
        group.submit(0);
        Worker<Integer, String> worker = pipelines.crew().workers().getFirst();
        Run<Integer, String> run = requireNonNull(worker.find());
        worker.inherit(run);
        return run.segment().require(run.claim());
    }

    private void look(long now, long ms) {
        pipelines.watch().look(now + TimeUnit.MILLISECONDS.toNanos(ms));
    }

    @Test
    void aThreadThatIsAboutToFinishItsRequestIsLetAlone() throws Exception {
        Group<Integer, String> group = pipelines.group("").open();
        EngineRequest<Integer, String> request = begin(group);
        group.cancel("enough");
        long now = System.nanoTime();
        frame = frame(Worker.class, "handOver");
        look(now, 60_000);
        assertFalse(request.isFinished(), "it stores that in this moment");
        assertEquals(List.of(), reports);
        frame = frame(Shop.class, "handOver");
        look(now, 60_001);
        assertTrue(request.isFinished(), "its author's code");
        assertEquals(1, reports.size());
    }

    @Test
    void aCancelIsGivenFiveSeconds() throws Exception {
        Group<Integer, String> group = pipelines.group("").stageDeadline(Duration.ofDays(1)).open();
        EngineRequest<Integer, String> request = begin(group);
        requireNonNull(request.deadline()).begin(System.nanoTime());
        long before = System.nanoTime();
        group.cancel(0, "enough");
        look(before, 5_000);
        assertFalse(request.isFinished());
        look(System.nanoTime(), 5_001);
        assertEquals(0, group.keyCount(), "nobody waits for it");
        assertEquals(
                new Outcome.Failed<>(0, new Fault(Fault.Kind.CANCELLED, null, 1, "enough", false)),
                group.poll());
        assertEquals(1, pipelines.crew().completed());
        assertEquals(1, group.inlet().left());
        assertTrue(reports.getFirst().isCancelled());
    }

    @Test
    void theWatchLooksTenTimesWithinTheShortestLimit() throws Exception {
        Pipelines<Integer, String> slow = pipelines(Duration.ofHours(1));
        Watch<Integer, String> watch = slow.watch();
        long now = System.nanoTime();
        assertEquals(Duration.ofSeconds(1), Duration.ofNanos(watch.look(now)));
        Group<Integer, String> cancelled = slow.group("").open();
        cancelled.submit(0);
        cancelled.cancel("enough");
        assertEquals(Duration.ofMillis(100), Duration.ofNanos(watch.look(now)));
        slow.group("").deadline(Duration.ofMillis(50)).open();
        assertEquals(Duration.ofMillis(5), Duration.ofNanos(watch.look(now)));
        Pipelines<Integer, String> soon = pipelines(Duration.ofMillis(50));
        soon.group("").deadline(Duration.ofDays(1)).open();
        assertEquals(Duration.ofMillis(5), Duration.ofNanos(soon.watch().look(now)));
    }

    @Test
    void aDeadlineIsGivenOneSecondMore() throws Exception {
        Group<Integer, String> group =
                pipelines.group("").stageDeadline(Duration.ofMillis(300)).open();
        EngineRequest<Integer, String> request = begin(group);
        Deadline deadline = requireNonNull(request.deadline());
        deadline.begin(0);
        Thread thread = pipelines.crew().workers().getFirst().thread();
        look(0, 300);
        assertNull(deadline.missed());
        look(0, 301);
        Eventually.holds("interrupted", thread::isInterrupted);
        look(0, 1_301);
        assertFalse(request.isFinished());
        look(0, 1_302);
        assertEquals(Fault.Kind.DEADLINE, requireNonNull(request.fault()).kind());
        assertTrue(request.isFinished());
        assertFalse(reports.getFirst().isCancelled());
        assertEquals(1_301, reports.getFirst().running().toMillis());
    }
}
