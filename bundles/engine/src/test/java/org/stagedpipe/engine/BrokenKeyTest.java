package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.stagedpipe.engine.GroupTest.next;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;

/// Keys whose code throws what it may not.
@Timeout(30)
class BrokenKeyTest {

    private final Semaphore gate = new Semaphore(0);

    private final StateMachine<Integer, String> waiting =
            Machines.single(request -> {
                gate.acquire();
                return Stage.end();
            });

    /// While there is something to be thrown, no key can be compared.
    private volatile @Nullable Throwable broken;

    private final class Key {

        @Override
        public int hashCode() {
            return 1;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            Throwable thrown = broken;
            if (thrown != null) {
                throw Sneaky.thrown(thrown);
            }
            return other instanceof Key;
        }
    }

    @Test
    void whatCameInBeforeAKeyThatThrowsIsWorkedOff() throws Exception {
        for (Throwable thrown : List.of(new AssertionError("no key"), new IOException("no key"))) {
            broken = thrown;
            try (var pipelines = Pipelines.of(waiting).keyed(request -> new Key(), "work").open();
                    var group = pipelines.group("").open()) {
                assertEquals(1, group.offerAll(List.of(0, 1), 0));
                assertThrows(thrown.getClass(), () -> group.offerAll(List.of(0, 1), 1));
                gate.release();
                assertEquals(0, next(group).sequence());
            }
        }
    }

    /// It is the last one of its key then, and the one before it is still there.
    @Test
    void aRequestWhoseKeyThrowsWhenItLeavesHasItsOutcomeAndNobodyWaitsForIt() throws Exception {
        try (var pipelines =
                        Pipelines.of(waiting)
                                .parallelism(3)
                                .keyed(request -> new Key(), "work")
                                .open();
                var group = pipelines.group("").open()) {
            group.submit(0);
            group.submit(1);
            Eventually.holds("it waits", () -> pipelines.stats().keys().parkedWorkers() == 1);
            broken = new AssertionError("no key");
            group.cancel(1, "not that");
            assertEquals(1, next(group).sequence());
            broken = null;
            group.submit(2);
            Eventually.holds("it waits", () -> pipelines.stats().keys().parkedWorkers() == 1);
            gate.release(2);
            // the later one may end first: it is let in before the one before it is handed out
            assertEquals(Set.of(0L, 2L), Set.of(next(group).sequence(), next(group).sequence()));
        }
    }

    @Test
    void whatIsMadeBeforeAKeyFunctionThrowsComesIn() throws Exception {
        gate.release(2);
        for (Throwable thrown : List.of(new AssertionError("no key"), new IOException("no key"))) {
            KeyFunction<Integer, String> odd =
                    request -> {
                        if (request.data() == 1) {
                            throw Sneaky.thrown(thrown);
                        }
                        return "key";
                    };
            try (var pipelines = Pipelines.of(waiting).keyed(odd, "work").open();
                    var group = pipelines.group("").open()) {
                assertThrows(thrown.getClass(), () -> group.submitAll(List.of(0, 1)));
                assertEquals(0, next(group).sequence());
            }
        }
    }
}
