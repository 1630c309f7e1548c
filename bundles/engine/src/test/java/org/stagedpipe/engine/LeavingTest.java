package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/// Who closes pipelines waits for their threads, also for one that takes the place of another.
@Timeout(60)
class LeavingTest {

    private static StateMachine<Integer, String> behind(CountDownLatch gate) {
        return Machines.single(request -> {
            gate.await();
            return Stage.end();
        });
    }

    @Test
    void closingThePipelinesWaitsForTheThreads() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        var pipelines = Pipelines.of(behind(gate)).open();
        var group = pipelines.group("").open();
        group.submit(0);
        Eventually.holds("it runs", () -> pipelines.stats().running() == 1);
        Thread closer = Thread.ofPlatform().start(pipelines::close);
        assertFalse(closer.join(Duration.ofMillis(100)), "a request still runs");
        gate.countDown();
        Eventually.ends(closer);
        assertTrue(pipelines.crew().hasLeft());
    }

    @Test
    void aThreadThatIsReplacedAgainstTheClose() throws Exception {
        Race.run(
                Set.of("TERMINATED"),
                () -> {
                    CountDownLatch gate = new CountDownLatch(1);
                    var pipelines = Pipelines.of(behind(gate)).threads(Threads.PLATFORM).open();
                    return new Replacing(pipelines, gate);
                });
    }

    /// The thread that hangs comes back once it is replaced.
    private static final class Replacing implements Race.Round {

        private final Pipelines<Integer, String> pipelines;
        private final CountDownLatch gate;
        private Thread.State last = Thread.State.NEW;

        Replacing(Pipelines<Integer, String> pipelines, CountDownLatch gate) throws Exception {
            this.pipelines = pipelines;
            this.gate = gate;
            pipelines.group("").open().submit(0);
            while (pipelines.crew().running() == 0) {
                Thread.onSpinWait();
            }
        }

        @Override
        public void first() {
            Crew<Integer, String> crew = pipelines.crew();
            Worker<Integer, String> hanging = crew.workers().getFirst();
            crew.replace(
                    hanging, crew.successor(hanging), Objects.requireNonNull(hanging.current()));
            gate.countDown();
        }

        @Override
        public void second() throws Exception {
            pipelines.crew().leave();
            last = pipelines.crew().workers().getFirst().thread().getState();
        }

        @Override
        public String outcome() {
            return last.toString();
        }
    }
}
