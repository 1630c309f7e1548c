package org.stagedpipe.engine;

import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/// Submitters against the end of their group.
class CloseLincheckTest {

    private static final int SCENARIOS = 4;

    @Test
    void closeAgainstSubmitIsLinearizable() {
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
        public String offer() {
            try {
                return "" + stepped.group.offer(1);
            } catch (GroupClosedException e) {
                return "closed";
            }
        }

        /// What was accepted by then is all.
        @Operation
        public long finish() {
            stepped.group.finish();
            return stepped.group.counts().accepted();
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
        private long delivered;
        volatile boolean closed;

        public String offer() {
            if (closed) {
                return "closed";
            }
            return "" + (accepted - delivered < SteppedGroup.WINDOW ? accepted++ : Group.FULL);
        }

        public long finish() {
            closed = true;
            return accepted;
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

    /// Closes without the lock: a submit that is under way comes in behind the end.
    public static class Canary extends Model {

        @Operation
        @Override
        public synchronized String offer() {
            return super.offer();
        }

        @Operation
        @Override
        public long finish() {
            return super.finish();
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
