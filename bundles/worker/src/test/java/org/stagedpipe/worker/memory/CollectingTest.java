package org.stagedpipe.worker.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A pause in a process of its own, whose heap is full and then of garbage: only a collection shows that.
@Timeout(60)
class CollectingTest {

    @TempDir Path folder;

    @Test
    void aPauseEndsThoughNobodyAllocates() throws Exception {
        Path said = folder.resolve("said");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx64m",
                                "-Xmn4m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Idle.class.getName())
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
        try {
            assertTrue(process.waitFor(50, TimeUnit.SECONDS), "it ends");
            assertEquals(0, process.exitValue(), Files.readString(said));
        } finally {
            process.destroyForcibly();
        }
    }

    /// The process: exits with 0 when the guard has paused and gone on.
    static final class Idle implements Guard.Controls {

        private static final int HELD_MIB = 52;
        private static final Marks MARKS =
                new Marks(
                        0.80,
                        0.65,
                        1,
                        Duration.ofMillis(500),
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(1));

        private final CountDownLatch paused = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);
        private @Nullable List<byte[]> held;

        private Idle() {}

        @Override
        public void paused(boolean isPaused) {
            (isPaused ? paused : open).countDown();
        }

        @Override
        public void handBack(Duration waited) {}

        @Override
        public void recycle(String why) {}

        /// Fills the heap, which lets go of it as soon as the guard has seen it, and does nothing then.
        private boolean pausesAndGoesOn() throws InterruptedException {
            Ledger ledger = new Ledger(new Bounds(100, 140, 60), System::nanoTime);
            try (Guard guard = new Guard(ledger, MARKS, this)) {
                guard.open();
                List<byte[]> full = new ArrayList<>();
                for (int i = 0; i < HELD_MIB * 16; i++) {
                    full.add(new byte[64 << 10]);
                }
                held = full;
                full = null;
                Guard.liveBytes();
                boolean hasPaused = paused.await(10, TimeUnit.SECONDS);
                held = null;
                return hasPaused && open.await(20, TimeUnit.SECONDS);
            }
        }

        /// @param arguments none
        public static void main(String[] arguments) throws InterruptedException {
            System.exit(new Idle().pausesAndGoesOn() ? 0 : 1);
        }
    }
}
