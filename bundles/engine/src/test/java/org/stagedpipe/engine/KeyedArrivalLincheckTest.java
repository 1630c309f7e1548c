package org.stagedpipe.engine;

import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A request comes in while the only one of its key leaves the pipelines: it comes behind that one, or is the first.
class KeyedArrivalLincheckTest {

    private static final int SCENARIOS = 6;

    @Test
    void theArrivalIsLinearizable() {
        Linearizable.check(Checked.class, Model.class, SCENARIOS);
    }

    @Test
    void theCanaryFails() {
        Linearizable.finds(Canary.class, Model.class, SCENARIOS);
    }

    /// The keys of a group themselves.
    public static class Checked {

        private static final long BIT = 1;

        /// Only carried along.
        private static final Pipelines<Integer, String> PIPELINES =
                Machines.asleep(Machines.<Integer, String>mapping(x -> x));

        private static final Group<Integer, String> GROUP = PIPELINES.group("").open();
        private static final KeyOrder<Integer, String> ORDER =
                new KeyOrder<>(request -> "key", PIPELINES.settings().machine().stages(), 0, false);

        private final SpinLock lock = new SpinLock();
        private final Segment<Integer, String> segment = new Segment<>();
        private final Keys<Integer, String> keys =
                new Keys<>(ORDER, lock, new Figures<>(PIPELINES.settings()));
        private final KeyedRequest<Integer, String> first;
        private volatile @Nullable KeyedRequest<Integer, String> second;

        public Checked() {
            keys.append(segment);
            first = add(0);
        }

        /// By the lock, as the inlet does.
        private KeyedRequest<Integer, String> add(int number) {
            KeyedRequest<Integer, String> request = new KeyedRequest<>(GROUP, number, 1, 1, null);
            request.key("key");
            lock.lock();
            try {
                keys.add(request, number);
                segment.set(number, request);
            } finally {
                lock.unlock();
            }
            return request;
        }

        @Operation(runOnce = true)
        public void arrive() {
            second = add(1);
        }

        @Operation(runOnce = true)
        public void end() {
            keys.end(first, false);
        }

        @Operation
        public boolean mayEnter() {
            KeyedRequest<Integer, String> request = second;
            return request == null || keys.mayEnter(request, BIT, false);
        }
    }

    /// What they must look like.
    public static class Model {

        boolean hasArrived;
        boolean hasEnded;

        public void arrive() {
            hasArrived = true;
        }

        public void end() {
            hasEnded = true;
        }

        public boolean mayEnter() {
            return !hasArrived || hasEnded;
        }
    }

    /// Whoever arrives looks whether the first one is there and comes behind it, in two steps.
    public static class Canary extends Model {

        private boolean isBehind;

        @Operation(runOnce = true)
        @Override
        public void arrive() {
            isBehind = !hasEnded;
            super.arrive();
        }

        @Operation(runOnce = true)
        @Override
        public void end() {
            super.end();
            if (isBehind) {
                isBehind = false;
            }
        }

        @Operation
        @Override
        public boolean mayEnter() {
            return !hasArrived || !isBehind;
        }
    }
}
