package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

import java.lang.invoke.VarHandle;

/// A consumer of an ordered group that has taken a request and waits for the next one, against the thread that finishes that: it sees
/// it, or is woken.
class OrderedWaitLincheckTest {

    /// Only carried along.
    private static final Group<Integer, String> GROUP =
            Machines.asleep(Machines.<Integer, String>mapping(x -> x)).group("").open();

    @Test
    void whoWaitsSeesTheNextOneOrIsWoken() {
        options().check(Checked.class);
    }

    @Test
    void theCanaryFails() {
        assertThrows(LincheckAssertionError.class, () -> options().check(Canary.class));
    }

    private static ModelCheckingOptions options() {
        return new ModelCheckingOptions()
                .iterations(4)
                .invocationsPerIteration(500)
                .threads(2)
                .actorsPerThread(1)
                .actorsBefore(0)
                .actorsAfter(0);
    }

    private static EngineRequest<Integer, String> request(long sequence) {
        return new EngineRequest<>(GROUP, sequence, 1, 1, null);
    }

    /// The outlet itself; what waits and wakes is here.
    public static class Checked {

        private final Segment<Integer, String> segment = new Segment<>();
        private final OrderedOutlet<Integer, String> outlet = new OrderedOutlet<>(segment);
        private final EngineRequest<Integer, String> next = request(1);
        private volatile boolean waits;
        private volatile boolean isWoken;

        public Checked() {
            EngineRequest<Integer, String> first = request(0);
            segment.set(0, first);
            first.finish();
            outlet.hasNext();
            outlet.next();
        }

        @Operation(runOnce = true)
        public void look() {
            waits = true;
            if (hasNext(outlet)) {
                waits = false;
            }
        }

        boolean hasNext(OrderedOutlet<Integer, String> of) {
            return of.hasNext();
        }

        @Operation(runOnce = true)
        public void finish() {
            segment.set(1, next);
            next.finish();
            VarHandle.fullFence();
            if (waits && outlet.isAwaited(next)) {
                isWoken = true;
            }
        }

        @Validate
        public void validate() {
            if (next.isFinished() && waits && !isWoken) {
                throw new IllegalStateException("the consumer sleeps for ever");
            }
        }
    }

    /// Does not say what it waits for.
    public static class Canary extends Checked {

        @Override
        boolean hasNext(OrderedOutlet<Integer, String> of) {
            return of.next() != null;
        }
    }
}
