package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/// The hand-off between a pipeline thread and those that split its run is linearizable, by model checking.
class RunLincheckTest {

    private static final int LENGTH = 8;

    /// Only carried along.
    private static final Group<Integer, String> GROUP =
            Machines.asleep(Machines.<Integer, String>mapping(x -> x)).group("").open();

    @Test
    void claimsAndSplitsAreLinearizable() {
        options().sequentialSpecification(Model.class).check(Checked.class);
    }

    @Test
    void theCanaryFails() {
        assertThrows(
                LincheckAssertionError.class,
                () -> options().sequentialSpecification(Model.class).check(Canary.class));
    }

    private static ModelCheckingOptions options() {
        return new ModelCheckingOptions()
                .iterations(4)
                .invocationsPerIteration(100)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(0)
                .actorsAfter(1);
    }

    /// The run itself. One thread claims, and may give back what it has claimed last.
    public static class Checked {

        private final Run<Integer, String> run = newRun();
        private boolean claimed;

        @Operation(nonParallelGroup = "owner")
        public int claim() {
            int index = run.claim();
            claimed = index >= 0;
            return index;
        }

        @Operation(nonParallelGroup = "owner")
        public int giveBack() {
            boolean possible = claimed;
            claimed = false;
            return possible ? run.giveBack().rest() : 0;
        }

        @Operation
        public int split() {
            Run<Integer, String> upper = run.split();
            return upper == null ? 0 : upper.rest();
        }
    }

    /// What it must look like.
    public static class Model {

        private int next;
        private int end = LENGTH;
        private boolean claimed;

        public int claim() {
            claimed = next < end;
            return claimed ? next++ : -1;
        }

        public int giveBack() {
            if (!claimed) {
                return 0;
            }
            claimed = false;
            int rest = end - next + 1;
            next--;
            end = next;
            return rest;
        }

        public int split() {
            int upper = end - (next + (end - next) / 2);
            end -= upper;
            return upper;
        }
    }

    /// The same without atomicity: shows that the check would find it.
    public static class Canary extends Model {

        @Operation(nonParallelGroup = "owner")
        @Override
        public int claim() {
            return super.claim();
        }

        @Operation(nonParallelGroup = "owner")
        @Override
        public int giveBack() {
            return super.giveBack();
        }

        @Operation
        @Override
        public int split() {
            return super.split();
        }
    }

    private static Run<Integer, String> newRun() {
        return new Run<>(GROUP, new Segment<>(), 0, LENGTH);
    }
}
