package org.stagedpipe.worker.memory;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// A pause in a process whose heap is full and then of garbage: only a collection shows that, and nobody allocates.
@Timeout(200)
class CollectingTest {

    private static final Marks MARKS =
            new Marks(
                    0.80,
                    0.65,
                    1,
                    Duration.ofMillis(500),
                    Duration.ofSeconds(10),
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(1));

    @TempDir Path folder;

    /// The collector that the launcher's nodes have, with its options, and one that always compacts.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "-XX:+UseG1GC -XX:+ExplicitGCInvokesConcurrent -XX:MaxTenuringThreshold=2"
                        + " -XX:MinHeapFreeRatio=90 -XX:MaxHeapFreeRatio=100",
                "-XX:+UseSerialGC -Xmn4m"
            })
    void aPauseEndsThoughSomethingLivesEverywhere(String options) throws Exception {
        List<String> all = new ArrayList<>(List.of("-Xmx128m"));
        all.addAll(List.of(options.split(" ")));
        Pressed.run(folder, Full.class, all);
    }

    /// Of blocks, of which one in ten is kept: no region of G1 is free of them.
    static final class Full extends Pressed {

        private static final int BLOCK = 8 << 10;
        private static final double PART = 0.83;

        private final List<byte[]> kept = new ArrayList<>();
        private @Nullable List<byte[]> held;

        private Full() {}

        @Override
        void press(Pressure pressure) {
            List<byte[]> blocks = new ArrayList<>();
            for (long i = 0; i < Runtime.getRuntime().maxMemory() * PART / BLOCK; i++) {
                blocks.add(new byte[BLOCK]);
            }
            held = blocks;
            Guard.liveBytes();
        }

        /// Not before: a collection copies together what hangs together.
        @Override
        void letGo() {
            List<byte[]> blocks = Objects.requireNonNull(held);
            for (int i = 0; i < blocks.size(); i += 10) {
                kept.add(blocks.get(i));
            }
            held = null;
        }

        /// @param arguments none
        public static void main(String[] arguments) throws Exception {
            new Full().main(MARKS, "heap after collection at ");
        }
    }
}
