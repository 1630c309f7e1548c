package org.stagedpipe.engine;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/// Requests that are cancelled one by one while a pipeline thread carries them to their end.
class CancelLincheckTest {

    private static final int SCENARIOS = 6;
    private static final int REQUESTS = 2;

    @Test
    void cancelAgainstCompletionIsLinearizable() {
        Linearizable.check(Checked.class, Model.class, SCENARIOS);
        Linearizable.check(Observed.class, Model.class, SCENARIOS);
    }

    @Test
    void theCanaryFails() {
        Linearizable.finds(Canary.class, Model.class, SCENARIOS);
    }

    /// The group itself.
    @Param(name = "request", gen = IntGen.class, conf = "0:1")
    public static class Checked {

        private final SteppedGroup stepped;

        public Checked() {
            this(false);
        }

        Checked(boolean observed) {
            stepped = new SteppedGroup(observed);
            for (int i = 0; i < REQUESTS; i++) {
                stepped.group.offer(1);
            }
        }

        /// The pipeline's thread ends the next request, and the consumer takes it.
        @Operation(nonParallelGroup = "pipeline")
        public String complete() {
            stepped.step();
            return stepped.poll() + ", failed " + stepped.group.counts().failed();
        }

        @Operation
        public void cancel(@Param(name = "request") int request) {
            stepped.group.cancel(request, "cancelled");
        }
    }

    /// With a deadline.
    @Param(name = "request", gen = IntGen.class, conf = "0:1")
    public static class Observed extends Checked {

        public Observed() {
            super(true);
        }
    }

    /// What it must look like.
    @Param(name = "request", gen = IntGen.class, conf = "0:1")
    public static class Model {

        final boolean[] cancelled = new boolean[REQUESTS];
        private int ended;
        private int failed;

        public String complete() {
            String outcome = "none";
            if (ended < REQUESTS) {
                outcome = (cancelled[ended] ? "Failed " : "Ok ") + ended;
                failed += cancelled[ended++] ? 1 : 0;
            }
            return outcome + ", failed " + failed;
        }

        public void cancel(int request) {
            cancelled[request] = true;
        }
    }

    /// Looks at the cancel once for the outcome and once more for the count.
    @Param(name = "request", gen = IntGen.class, conf = "0:1")
    public static class Canary extends Model {

        @Operation(nonParallelGroup = "pipeline")
        @Override
        public String complete() {
            return super.complete();
        }

        @Operation
        @Override
        public void cancel(@Param(name = "request") int request) {
            super.cancel(request);
        }
    }
}
