package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.engine.GroupTest.next;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Interrupts that are not the engine's: of a time-out of the stage's own, or of whoever closes.
@Timeout(30)
class InterruptTest {

    private static final int ROUNDS = 1_000;

    private volatile Thread carrier = Thread.currentThread();

    private final StateMachine<Integer, String> noting =
            Machines.single(request -> {
                carrier = Thread.currentThread();
                Thread.sleep(0); // throws if it is interrupted
                return Stage.end();
            });

    private final CountDownLatch gate = new CountDownLatch(1);

    /// Hears no interrupt.
    private final StateMachine<Integer, String> deaf =
            Machines.single(request -> {
                while (gate.getCount() > 0) {
                    Thread.yield();
                }
                return Stage.end();
            });

    @Test
    void anInterruptThatComesTooLateHitsNoOtherRequest() throws Exception {
        try (var pipelines = Pipelines.of(noting).open();
                var group = pipelines.group("").open()) {
            for (int i = 0; i < ROUNDS; i++) {
                group.submit(i);
                assertEquals(new Outcome.Ok<>(i, i), next(group));
                carrier.interrupt();
            }
            Eventually.holds("it sleeps again", () -> !carrier.isInterrupted());
        }
    }

    /// The watch goes on while a stage does: it may have a deadline.
    @Test
    void theWatchEndsWithTheLastThreadAfterACloseThatWasInterrupted() throws Exception {
        BlockingQueue<Duration> warnings = new LinkedBlockingQueue<>();
        PipelinesListener listener =
                new PipelinesListener() {
                    @Override
                    public void outputBlocked(UUID group, Duration since) {
                        warnings.add(since);
                    }
                };
        var pipelines =
                Pipelines.of(deaf).delayWarning(Duration.ofMillis(2)).listener(listener).open();
        pipelines.group("").open().submit(0);
        Eventually.holds("it runs", () -> pipelines.stats().running() == 1);
        Thread closer = Thread.ofVirtual().start(pipelines::close);
        closer.interrupt();
        Eventually.ends(closer);
        assertFalse(pipelines.crew().hasLeft(), "what the watch ends with");
        gate.countDown();
        Eventually.holds("no look at the output that nobody reads", () -> isSilent(warnings));
    }

    @Test
    void aWatchThatNobodyNeededEndsAfterSuchACloseToo() throws Exception {
        var pipelines = Pipelines.of(deaf).name("never-needed").open();
        assertTrue(isThere("never-needed-watch"));
        Eventually.ends(
                Thread.ofVirtual()
                        .start(() -> {
                            Thread.currentThread().interrupt();
                            pipelines.close();
                        }));
        Eventually.holds("it ends", () -> !isThere("never-needed-watch"));
    }

    static boolean isThere(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals(name));
    }

    private static boolean isSilent(BlockingQueue<Duration> warnings) {
        warnings.clear();
        try {
            return warnings.poll(500, TimeUnit.MILLISECONDS) == null;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
