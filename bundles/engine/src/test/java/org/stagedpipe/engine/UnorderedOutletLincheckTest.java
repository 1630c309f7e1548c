package org.stagedpipe.engine;

import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/// A consumer against the thread of a run and one that steals from it: what is finished comes out, once.
class UnorderedOutletLincheckTest {

    private static final int SCENARIOS = 10;
    private static final int LENGTH = 4;

    /// Only carried along.
    private static final Group<Integer, String> GROUP =
            Machines.asleep(Machines.<Integer, String>mapping(x -> x)).group("").open();

    @Test
    void whatIsFinishedComesOutOnce() {
        Linearizable.check(Checked.class, Model.class, SCENARIOS);
    }

    @Test
    void theCanaryFails() {
        Linearizable.finds(Canary.class, Model.class, SCENARIOS);
    }

    /// The outlet itself.
    public static class Checked {

        private final UnorderedOutlet<Integer, String> outlet = new UnorderedOutlet<>();
        private final Segment<Integer, String> segment = new Segment<>();
        private final Run<Integer, String> run = new Run<>(GROUP, segment, 0, LENGTH);
        private boolean isStarted;

        public Checked() {
            for (int i = 0; i < LENGTH; i++) {
                segment.set(i, new EngineRequest<>(GROUP, i, 1, i, null));
            }
        }

        @Operation(nonParallelGroup = "owner")
        public boolean finish() {
            boolean finished = finishOne(run, !isStarted);
            isStarted |= finished;
            return finished;
        }

        @Operation(nonParallelGroup = "thief")
        public boolean steal() {
            Run<Integer, String> stolen = run.split();
            return stolen != null && finishOne(stolen, true);
        }

        private boolean finishOne(Run<Integer, String> of, boolean first) {
            int index = of.claim();
            if (index >= 0) {
                segment.require(index).finish();
            }
            if (index >= 0 && first) {
                outlet.started(of);
            }
            return index >= 0;
        }

        @Operation(nonParallelGroup = "consumer")
        public boolean next() {
            return outlet.next() != null;
        }
    }

    /// What it must look like.
    public static class Model {

        int finished;
        int delivered;
        private int next;
        private int end = LENGTH;

        public boolean finish() {
            if (next == end) {
                return false;
            }
            next++;
            finished++;
            return true;
        }

        public boolean steal() {
            if (next == end) {
                return false;
            }
            end = next + (end - next) / 2;
            finished++;
            return true;
        }

        public boolean next() {
            if (finished == delivered) {
                return false;
            }
            delivered++;
            return true;
        }
    }

    /// The same without atomicity: shows that the check would find it.
    public static class Canary extends Model {

        @Operation(nonParallelGroup = "owner")
        @Override
        public boolean finish() {
            return super.finish();
        }

        @Operation(nonParallelGroup = "thief")
        @Override
        public boolean steal() {
            return super.steal();
        }

        @Operation(nonParallelGroup = "consumer")
        @Override
        public boolean next() {
            return super.next();
        }
    }
}
