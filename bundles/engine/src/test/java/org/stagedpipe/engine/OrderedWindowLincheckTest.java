package org.stagedpipe.engine;

import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/// Submitters, a pipeline thread and the consumer of an ordered group with a window of two.
class OrderedWindowLincheckTest {

    private static final int SCENARIOS = 4;

    @Test
    void theOrderedWindowIsLinearizable() {
        Linearizable.check(Checked.class, Model.class, SCENARIOS);
        Linearizable.check(Observed.class, Model.class, SCENARIOS);
    }

    @Test
    void theCanaryFails() {
        Linearizable.finds(Canary.class, Model.class, SCENARIOS);
    }

    /// The group itself.
    public static class Checked {

        private final SteppedGroup stepped;

        public Checked() {
            this(false);
        }

        Checked(boolean observed) {
            stepped = new SteppedGroup(observed);
        }

        @Operation
        public long offer() {
            return stepped.group.offer(1);
        }

        @Operation(nonParallelGroup = "pipeline")
        public boolean step() {
            return stepped.step();
        }

        @Operation(nonParallelGroup = "consumer")
        public String poll() {
            return stepped.poll();
        }
    }

    /// With a deadline.
    public static class Observed extends Checked {

        public Observed() {
            super(true);
        }
    }

    /// What it must look like.
    public static class Model {

        long accepted;
        private long finished;
        long delivered;

        public long offer() {
            return accepted - delivered < SteppedGroup.WINDOW ? accepted++ : Group.FULL;
        }

        public boolean step() {
            boolean any = finished < accepted;
            finished += any ? 1 : 0;
            return any;
        }

        public String poll() {
            return delivered < finished ? "Ok " + delivered++ : "none";
        }
    }

    /// Looks for room before it takes the lock.
    public static class Canary extends Model {

        @Operation
        @Override
        public long offer() {
            if (accepted - delivered >= SteppedGroup.WINDOW) {
                return Group.FULL;
            }
            synchronized (this) {
                return accepted++;
            }
        }

        @Operation(nonParallelGroup = "pipeline")
        @Override
        public synchronized boolean step() {
            return super.step();
        }

        @Operation(nonParallelGroup = "consumer")
        @Override
        public synchronized String poll() {
            return super.poll();
        }
    }
}
