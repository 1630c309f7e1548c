package org.stagedpipe.engine;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/// Three requests of one key at one marked stage: who may enter when others pass it or leave the pipelines.
class KeyedGatesLincheckTest {

    private static final int SCENARIOS = 14;

    @Test
    void theKeyedGatesAreLinearizable() {
        Linearizable.check(Checked.class, Model.class, SCENARIOS);
    }

    @Test
    void theCanaryFails() {
        Linearizable.finds(Canary.class, Model.class, SCENARIOS);
    }

    /// The keys of a group themselves.
    @Param(name = "request", gen = IntGen.class, conf = "0:2")
    public static class Checked {

        private static final long BIT = 1;

        /// Only carried along.
        private static final Pipelines<Integer, String> PIPELINES =
                Machines.asleep(Machines.<Integer, String>mapping(x -> x));

        private static final Group<Integer, String> GROUP = PIPELINES.group("").open();
        private static final KeyOrder<Integer, String> ORDER =
                new KeyOrder<>(request -> "key", PIPELINES.settings().machine().stages(), 0, false);

        private final Keys<Integer, String> keys =
                new Keys<>(ORDER, new SpinLock(), new Figures<>(PIPELINES.settings()));
        private final List<KeyedRequest<Integer, String>> requests = new ArrayList<>();

        public Checked() {
            Segment<Integer, String> segment = new Segment<>();
            keys.append(segment);
            for (int i = 0; i < 3; i++) {
                KeyedRequest<Integer, String> request = new KeyedRequest<>(GROUP, i, 1, 1, null);
                request.key("key");
                keys.add(request, i);
                segment.set(i, request);
                requests.add(request);
            }
        }

        @Operation
        public boolean mayEnter(@Param(name = "request") int request) {
            return keys.mayEnter(requests.get(request), BIT, false);
        }

        @Operation
        public void pass(@Param(name = "request") int request) {
            keys.pass(requests.get(request), BIT);
        }

        @Operation
        public void end(@Param(name = "request") int request) {
            keys.end(requests.get(request), false);
        }

        @Operation
        public int keys() {
            return keys.size();
        }
    }

    /// What they must look like.
    public static class Model {

        final boolean[] passed = new boolean[3];
        final boolean[] ended = new boolean[3];

        public boolean mayEnter(int request) {
            for (int i = request - 1; i >= 0 && !ended[request]; i--) {
                if (!ended[i]) {
                    return passed[i];
                }
            }
            return true;
        }

        public void pass(int request) {
            passed[request] = true;
        }

        public void end(int request) {
            ended[request] = true;
        }

        public int keys() {
            return ended[0] && ended[1] && ended[2] ? 0 : 1;
        }
    }

    /// Notes who has passed and who has ended in one word, without a lock: of two at once one is forgotten, and who comes behind
    /// it never enters.
    @Param(name = "request", gen = IntGen.class, conf = "0:2")
    public static class Canary extends Model {

        private static final int ENDED = 3; // bits from there on

        private int notes;

        @Operation
        @Override
        public boolean mayEnter(@Param(name = "request") int request) {
            read();
            return super.mayEnter(request);
        }

        @Operation
        @Override
        public void pass(@Param(name = "request") int request) {
            notes |= 1 << request;
        }

        @Operation
        @Override
        public void end(@Param(name = "request") int request) {
            notes |= 1 << ENDED + request;
        }

        @Operation
        @Override
        public int keys() {
            read();
            return super.keys();
        }

        private synchronized void read() {
            int now = notes;
            for (int i = 0; i < passed.length; i++) {
                passed[i] = (now & 1 << i) != 0;
                ended[i] = (now & 1 << ENDED + i) != 0;
            }
        }
    }
}
