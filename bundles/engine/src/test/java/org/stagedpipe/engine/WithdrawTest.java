package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.engine.GroupTest.next;

import static java.util.Objects.requireNonNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/// Groups that give up what has not begun.
@Timeout(60)
class WithdrawTest {

    private static final Fault GIVEN_UP =
            new Fault(Fault.Kind.CANCELLED, null, 1, "the host stops", true);

    private final CountDownLatch gate = new CountDownLatch(1);
    private final Set<Long> begun = ConcurrentHashMap.newKeySet();
    private final StateMachine<Integer, String> gated =
            Machines.single(request -> {
                begun.add(request.sequence());
                gate.await();
                return end(request);
            });

    private static Stage<Integer, String> end(Request<Integer, String> request) {
        assertFalse(request.isCancelled());
        return Stage.end();
    }

    @Test
    void whatRunsGoesOnAndTheRestEndsUnbegun() throws Exception {
        try (var pipelines = Pipelines.of(gated).parallelism(3).open();
                var group = pipelines.group("").open()) {
            for (int i = 0; i < 100; i++) {
                group.submit(i);
            }
            Eventually.holds("three run", () -> begun.size() == 3);
            group.withdraw("the host stops");
            group.withdraw("later");
            for (int i = 0; i < 97; i++) {
                var aborted = assertInstanceOf(Outcome.Aborted.class, next(group));
                assertEquals(GIVEN_UP, aborted.fault());
                assertFalse(begun.contains(aborted.sequence()));
            }
            assertNull(group.poll(), "the others run");
            gate.countDown();
            for (int i = 0; i < 3; i++) {
                assertInstanceOf(Outcome.Ok.class, next(group));
            }
            assertNull(group.take());
            assertEquals(new Counts(100, 3, 0, 97), group.counts());
            assertThrows(GroupClosedException.class, () -> group.submit(0));
        }
    }

    @Test
    void aCancelMayFollow() throws Exception {
        try (var pipelines = Pipelines.of(gated).parallelism(2).open();
                var group = pipelines.group("").open()) {
            for (int i = 0; i < 10; i++) {
                group.submit(i);
            }
            Eventually.holds("two run", () -> begun.size() == 2);
            group.withdraw("the host stops");
            group.cancel("enough");
            List<Fault> faults = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                faults.add(assertInstanceOf(Outcome.Aborted.class, next(group)).fault());
            }
            Fault cancelled = new Fault(Fault.Kind.CANCELLED, "work", 1, "enough", false);
            assertEquals(8, faults.stream().filter(GIVEN_UP::equals).count());
            assertEquals(2, faults.stream().filter(cancelled::equals).count());
        }
    }

    @Test
    void aLateRequestThatIsGivenUpIsLateThoughItsGroupWasWithdrawn() {
        Duration day = Duration.ofDays(1);
        Group<Integer, String> group = Machines.byHand(1).group("").deadline(day).open();
        var request = new EngineRequest<>(group, 0, 1, 1, null);
        Deadline deadline = requireNonNull(request.deadline());
        deadline.begin(0);
        group.withdraw("the host stops");
        assertFalse(request.abandon(), "it goes on");
        deadline.look(day.toNanos());
        assertTrue(request.abandon());
        assertEquals(Fault.Kind.DEADLINE, requireNonNull(request.fault()).kind());
        assertFalse(request.isAborted());
    }

    @Test
    void notWithKeyedOrder() throws Exception {
        try (var pipelines = Pipelines.of(gated).keyed(request -> request.data(), "work").open();
                var group = pipelines.group("").open()) {
            assertThrows(IllegalStateException.class, () -> group.withdraw("the host stops"));
        }
    }

    /// Threads take them from the queue meanwhile: what one has not begun looks for itself.
    @Test
    void whatThreadsTakeMeanwhileIsCountedRight() throws Exception {
        AtomicLong began = new AtomicLong();
        StateMachine<Integer, String> counting =
                Machines.single(request -> {
                    began.incrementAndGet();
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(counting).parallelism(2).open()) {
            for (int round = 0; round < 1_000; round++) {
                began.set(0);
                var group = pipelines.group("").window(1_000).open();
                group.submitAll(Collections.nCopies(1_000, 1));
                group.withdraw("the host stops");
                group.close();
                long all = began.get();
                assertEquals(new Counts(1_000, all, 0, 1_000 - all), group.counts());
            }
        }
    }
}
