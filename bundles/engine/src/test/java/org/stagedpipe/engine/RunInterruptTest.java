package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/// An interrupt of a run's thread is for the request that it is meant for, and for no other one.
@Timeout(8) // less than the gate is waited for
class RunInterruptTest {

    private static final int LENGTH = 4;

    /// Time enough to go on, if nothing held it.
    private static final Duration GOES_ON = Duration.ofMillis(20);

    /// Only carried along.
    private static final Group<Integer, String> GROUP =
            Machines.asleep(Machines.<Integer, String>mapping(x -> x)).group("").open();

    private final Segment<Integer, String> segment = new Segment<>();
    private final Run<Integer, String> run = new Run<>(GROUP, segment, 0, LENGTH);
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final CountDownLatch comes = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);
    private final Interrupted thread = new Interrupted();

    RunInterruptTest() {
        for (int i = 0; i < LENGTH; i++) {
            segment.set(i, new EngineRequest<>(GROUP, i, 1, i, null));
        }
    }

    /// Whose interrupt lasts until the gate is open.
    private final class Interrupted extends NeverStarted {

        private volatile boolean isInterrupted;

        Interrupted() {
            super(() -> {});
        }

        @Override
        public void interrupt() {
            comes.countDown();
            try {
                Eventually.opens(gate);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            isInterrupted = true;
            log.add("interrupted");
        }

        @Override
        public boolean isInterrupted() {
            return isInterrupted;
        }

        void hear() {
            isInterrupted = false;
        }
    }

    @Test
    void theThreadGoesOnToNoOtherRequestUntilTheInterruptHasCome() throws Exception {
        run.claim();
        assertTrue(run.interrupt(thread, request -> request.sequence() == 0));
        Eventually.opens(comes);
        Thread claiming = Thread.ofPlatform().start(() -> log.add("claimed " + run.claim()));
        assertFalse(claiming.join(GOES_ON));
        gate.countDown();
        Eventually.ends(claiming);
        assertEquals(List.of("interrupted", "claimed 1"), log);
    }

    @Test
    void nothingIsGivenBackUntilTheInterruptHasCome() throws Exception {
        run.claim();
        assertTrue(run.interrupt(thread, request -> true));
        Eventually.opens(comes);
        Thread giving = Thread.ofPlatform().start(() -> log.add("back " + run.giveBack().rest()));
        assertFalse(giving.join(GOES_ON));
        gate.countDown();
        Eventually.ends(giving);
        assertEquals(List.of("interrupted", "back 4"), log);
    }

    @Test
    void whatIsNotBegunIsTakenAwayWhileTheInterruptComes() throws Exception {
        run.claim();
        assertTrue(run.interrupt(thread, request -> true));
        Eventually.opens(comes);
        Run<Integer, String> rest = run.splitAll();
        assertEquals(3, rest == null ? 0 : rest.rest());
        assertTrue(run.interrupt(thread, request -> true), "it comes already");
        assertFalse(run.interrupt(thread, request -> false));
        gate.countDown();
        assertEquals(-1, run.claim());
        assertEquals(List.of("interrupted"), log);
    }

    @Test
    void whoHasNotHeardTheLastOneGetsNoOther() throws InterruptedException {
        gate.countDown();
        run.claim();
        for (int i = 0; i < 3; i++) {
            assertTrue(run.interrupt(thread, request -> true));
            Eventually.holds("it has come", thread::isInterrupted);
        }
        assertEquals(1, run.claim(), "all have let it go");
        assertEquals(List.of("interrupted"), log);
    }

    @Test
    void theNextRequestOfTheRunGetsOneOfItsOwn() throws InterruptedException {
        gate.countDown();
        for (int i = 0; i < 2; i++) {
            int times = i + 1;
            int index = run.claim();
            assertTrue(run.interrupt(thread, request -> request.sequence() == index));
            Eventually.holds("it has come", () -> log.size() == times);
            thread.hear();
        }
    }

    @Test
    void nobodyIsInterruptedForARequestThatIsNotMeantOrFinished() {
        run.claim();
        assertFalse(run.interrupt(thread, request -> request.sequence() == 1));
        segment.require(0).finish();
        assertFalse(run.interrupt(thread, request -> true));
        assertNull(run.running());
        assertEquals(1, run.claim(), "it was let go");
        assertEquals(List.of(), log);
    }
}
