package org.stagedpipe.worker.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The guard in a process of its own, and what presses on its memory: it has to pause for that, and to go on when it is over.
abstract class Pressed implements Guard.Controls {

    /// For each of both, on a machine that others use.
    private static final Duration WITHIN = Duration.ofSeconds(60);

    private final CountDownLatch paused = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    /// Runs it and looks at how it ended.
    ///
    /// @param main calls [#main], or something else that looks at the gauges
    /// @param options of its virtual machine
    static void run(Path folder, Class<?> main, List<String> options) throws Exception {
        Path said = folder.resolve("said");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        Collections.addAll(
                command,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName());
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
        try {
            assertTrue(process.waitFor(WITHIN.multipliedBy(3).toSeconds(), TimeUnit.SECONDS));
            assertEquals(0, process.exitValue(), Files.readString(said));
        } finally {
            process.destroyForcibly();
        }
    }

    /// Presses, at least once and until it is over.
    abstract void press(Pressure pressure) throws Exception;

    /// Presses no more.
    abstract void letGo() throws Exception;

    /// How long to press.
    interface Pressure {
        /// Not for ever.
        boolean isWanted();
    }

    /// In the process.
    ///
    /// @param reason how it has to begin
    final void main(Marks marks, String reason) throws Exception {
        Ledger ledger = new Ledger(new Bounds(100, 140, 60), System::nanoTime);
        try (Guard guard = new Guard(ledger, marks, this)) {
            guard.open();
            long end = System.nanoTime() + WITHIN.toNanos();
            press(() -> paused.getCount() > 0 && System.nanoTime() < end);
            await(paused, "pauses");
            String why = guard.state().getReason();
            if (!why.startsWith(reason)) {
                throw new AssertionError(why + " (expected: " + reason + ")");
            }
            letGo();
            await(open, "goes on, paused for " + why);
        }
        System.exit(0); // the network's threads are no reason to stay
    }

    private static void await(CountDownLatch happens, String what) throws InterruptedException {
        if (!happens.await(WITHIN.toSeconds(), TimeUnit.SECONDS)) {
            System.err.println("expected: " + what);
            System.exit(1);
        }
    }

    @Override
    public void paused(boolean isPaused) {
        (isPaused ? paused : open).countDown();
    }

    @Override
    public void handBack(Duration waited) {}

    @Override
    public void recycle(String why) {
        System.err.println(why);
    }
}
