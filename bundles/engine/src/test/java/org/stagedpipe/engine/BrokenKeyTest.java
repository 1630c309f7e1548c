package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.stagedpipe.engine.GroupTest.next;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.List;
import java.util.concurrent.CountDownLatch;

/// Keys whose code throws an error.
@Timeout(30)
class BrokenKeyTest {

    private final CountDownLatch gate = new CountDownLatch(1);

    private final StateMachine<Integer, String> waiting =
            Machines.single(request -> {
                gate.await();
                return Stage.end();
            });

    /// Cannot be compared.
    private static final class Broken {

        @Override
        public int hashCode() {
            return 1;
        }

        @Override
        @SuppressWarnings("EqualsUnsafeCast") // that is what is wrong with it
        public boolean equals(Object other) {
            throw new AssertionError("no such key");
        }
    }

    @Test
    void whatCameInBeforeAKeyThatThrowsAnErrorIsWorkedOff() throws Exception {
        try (var pipelines = Pipelines.of(waiting).keyed(request -> new Broken(), "work").open();
                var group = pipelines.group("").open()) {
            assertEquals(1, group.offerAll(List.of(0, 1), 0));
            assertThrows(AssertionError.class, () -> group.offerAll(List.of(0, 1), 1));
            gate.countDown();
            assertEquals(0, next(group).sequence());
        }
    }

    @Test
    void whatIsMadeBeforeAKeyFunctionThrowsAnErrorComesIn() throws Exception {
        KeyFunction<Integer, String> odd =
                request -> {
                    if (request.data() == 1) {
                        throw new AssertionError("no key");
                    }
                    return "key";
                };
        gate.countDown();
        try (var pipelines = Pipelines.of(waiting).keyed(odd, "work").open();
                var group = pipelines.group("").open()) {
            assertThrows(AssertionError.class, () -> group.submitAll(List.of(0, 1)));
            assertEquals(0, next(group).sequence());
        }
    }
}
