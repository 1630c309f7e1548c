package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.util.Objects.requireNonNull;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;

/// A cancel touches its own group only, whatever threads have in their hands. Two threads, each with four requests of a group,
/// one of them begun.
@Timeout(30)
class CancelTest {

    private final Pipelines<Integer, String> pipelines = Machines.byHand(2);
    private final List<Worker<Integer, String>> workers = pipelines.crew().workers();
    private final Group<Integer, String> group = pipelines.group("").open();
    private final Group<Integer, String> other = pipelines.group("").open();

    @BeforeEach
    void begin() {
        begin(other, workers.getFirst());
        begin(group, workers.getLast());
    }

    private static void begin(Group<Integer, String> group, Worker<Integer, String> worker) {
        begin(group, worker, List.of(0, 1, 2, 3));
    }

    private static void begin(
            Group<Integer, String> group, Worker<Integer, String> worker, List<Integer> items) {
        for (int i = 0; i < 60; i++) {
            group.inlet().learn(1, 1); // one thread takes all
        }
        group.offerAll(items, 0);
        worker.inherit(requireNonNull(worker.find()));
        run(worker).claim();
    }

    private static Run<Integer, String> run(Worker<Integer, String> worker) {
        return requireNonNull(worker.current());
    }

    /// Whether the interrupt has come: the thread goes on to no other request before.
    private static boolean isInterrupted(Worker<Integer, String> worker) {
        run(worker).claim();
        return worker.thread().isInterrupted();
    }

    @Test
    void ofAGroupItEndsWhatIsNotBegunAndInterruptsTheRest() {
        group.cancel("enough");
        assertEquals(0, run(workers.getLast()).rest());
        assertEquals(3, group.drain(request -> assertTrue(request.isCancelled()), 10));
        assertEquals(3, group.inlet().left());
        assertEquals(3, pipelines.crew().completed());
        assertTrue(isInterrupted(workers.getLast()));
        assertEquals(3, run(workers.getFirst()).rest());
        assertFalse(isInterrupted(workers.getFirst()));
    }

    @Test
    void ofARequestItInterruptsNothingElse() {
        group.cancel(1, "enough");
        assertFalse(isInterrupted(workers.getLast()), "1 was not begun");
        assertEquals(2, run(workers.getLast()).rest());
        other.cancel(0, "enough");
        assertTrue(isInterrupted(workers.getFirst()));
        assertFalse(workers.getLast().thread().isInterrupted());
    }

    @Test
    void aWithdrawalEndsWhatIsNotBegunOnly() {
        group.withdraw("the host stops");
        assertEquals(3, group.drain(request -> assertFalse(request.isCancelled()), 10));
        assertFalse(isInterrupted(workers.getLast()));
        assertEquals(3, run(workers.getFirst()).rest());
    }

    /// It is in no thread's hands and not in the inlet, until the one before it ends.
    @Test
    void whatIsPutOffBehindOneThatIsNotBegunEndsToo() {
        Pipelines<Integer, String> keyed = Machines.byHand(request -> request.data() % 2);
        Worker<Integer, String> first = keyed.crew().workers().getFirst();
        Worker<Integer, String> second = keyed.crew().workers().getLast();
        Group<Integer, String> ordered = keyed.group("").open();
        begin(ordered, first, List.of(0, 1));
        begin(ordered, second, List.of(3));
        KeyedRequest<Integer, String> odd =
                (KeyedRequest<Integer, String>) requireNonNull(run(second).running());
        assertTrue(ordered.requireKeys().putOff(odd, run(second).giveBack()));
        ordered.cancel("enough");
        assertEquals(2, ordered.drain(request -> assertTrue(request.isCancelled()), 10));
        assertEquals(2, ordered.inlet().left());
    }
}
