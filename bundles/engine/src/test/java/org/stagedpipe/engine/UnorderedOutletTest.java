package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Runs that are split while they are delivered: each request comes out once, whichever run it is met in.
class UnorderedOutletTest {

    private static final int LENGTH = 8;

    /// Only carried along.
    private static final Group<Integer, String> GROUP =
            Machines.asleep(Machines.<Integer, String>mapping(x -> x)).group("").open();

    private final UnorderedOutlet<Integer, String> outlet = new UnorderedOutlet<>();
    private final Segment<Integer, String> segment = new Segment<>();
    private final Run<Integer, String> run = new Run<>(GROUP, segment, 0, LENGTH);

    UnorderedOutletTest() {
        for (int i = 0; i < LENGTH; i++) {
            segment.set(i, new EngineRequest<>(GROUP, i, 1, i, null));
        }
    }

    /// The thread of that run brings so many requests to their end, and has the consumer told of the run at the first one.
    private void work(Run<Integer, String> of, int requests, boolean first) {
        for (int i = 0; i < requests; i++) {
            int index = of.claim();
            of.segment().require(index).finish();
            if (first && i == 0) {
                outlet.started(of);
            }
        }
    }

    private List<Long> drain() {
        List<Long> drained = new ArrayList<>();
        for (var request = outlet.next(); request != null; request = outlet.next()) {
            drained.add(request.sequence());
        }
        return drained;
    }

    private Run<Integer, String> split() {
        Run<Integer, String> upper = run.split();
        assertNotNull(upper, "half of the rest");
        return upper;
    }

    @Test
    void whatAThiefHasFinishedComesOutOnceThoughItsRunIsNotKnownYet() {
        work(run, 1, true);
        assertEquals(List.of(0L), drain());
        Run<Integer, String> upper = split();
        work(upper, 1, false);
        assertEquals(List.of(), drain(), "1 is not finished");
        work(run, 3, false);
        assertEquals(List.of(1L, 2L, 3L, 4L), drain());
        assertEquals(-1, run.claim(), "it is over");
        outlet.started(upper);
        assertEquals(List.of(), drain(), "4 came out before");
        work(upper, 3, false);
        assertEquals(List.of(5L, 6L, 7L), drain());
        upper.claim();
        assertFalse(outlet.hasNext());
    }

    @Test
    void aRunIsForgottenWhenItsLastRequestComesOut() {
        work(run, LENGTH, true);
        drain();
        assertEquals(0, outlet.known(), "though its thread has not looked for another request");
    }

    @Test
    void aRunIsForgottenThoughAThiefStillWorksOnItsUpperHalf() {
        work(run, 1, true);
        assertEquals(List.of(0L), drain());
        Run<Integer, String> upper = split();
        work(run, 3, false);
        run.claim();
        work(upper, 1, false);
        assertEquals(List.of(1L, 2L, 3L, 4L), drain());
        assertEquals(0, outlet.known(), "5 is the thief's, whose run is not known yet");
        outlet.started(upper);
        work(upper, 3, false);
        assertEquals(List.of(5L, 6L, 7L), drain());
    }

    @Test
    void aRunIsForgottenWhenItsRestIsGivenBack() {
        work(run, 1, true);
        assertEquals(List.of(0L), drain());
        work(run, 1, false);
        run.claim();
        Run<Integer, String> rest = run.giveBack();
        assertEquals(List.of(1L), drain());
        assertEquals(0, outlet.known());
        work(rest, 6, true);
        assertEquals(List.of(2L, 3L, 4L, 5L, 6L, 7L), drain());
    }

    @Test
    void aThiefsRequestsDoNotWaitForTheFirstRun() {
        work(run, 1, true);
        Run<Integer, String> upper = split();
        work(upper, 4, true);
        assertEquals(List.of(0L, 4L, 5L, 6L, 7L), drain());
        work(run, 3, false);
        assertEquals(List.of(1L, 2L, 3L), drain());
    }

    @Test
    @Timeout(10)
    void manyRunsBehindAnUnfinishedOneComeOutInTime() {
        int many = 1_000_000;
        work(run, 1, true);
        assertEquals(List.of(0L), drain());
        Segment<Integer, String> other = new Segment<>();
        for (int i = 0; i < many; i++) {
            int index = i % Segment.LENGTH;
            other = index == 0 ? new Segment<>() : other;
            other.set(index, new EngineRequest<>(GROUP, i, 1, i, null));
            Run<Integer, String> lone = new Run<>(GROUP, other, index, index + 1);
            work(lone, 1, true);
            lone.claim();
        }
        assertEquals(many, drain().size());
        assertEquals(1, outlet.known());
        work(run, LENGTH - 1, false);
        assertEquals(LENGTH - 1, drain().size());
        assertEquals(0, outlet.known());
    }

    @Test
    void whoWakesTheLastConsumerTooLateLeavesTheNextOneWaiting() throws Exception {
        FutureTask<Boolean> next =
                new FutureTask<>(() -> {
                    outlet.await(new Delivery<>(GROUP.inlet(), outlet, new Window(1, 1)));
                    return true;
                });
        Thread waiting = Thread.ofPlatform().start(next);
        Eventually.holds("it waits", () -> LockSupport.getBlocker(waiting) == outlet);
        outlet.wake(Thread.currentThread());
        assertTrue(outlet.isAwaited(), "else nobody wakes it any more");
        outlet.wake();
        assertTrue(next.get(10, TimeUnit.SECONDS));
    }
}
