package org.stagedpipe.benchmarks.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// What a process used until it was there.
///
/// @param cpuMs of all its threads
/// @param wallMs since its command was given
/// @param residentMib then
record Start(double cpuMs, double wallMs, double residentMib) {

    private static final Duration LONGEST = Duration.ofSeconds(120);

    /// When a process is there.
    interface Ready {
        boolean isReady() throws IOException;
    }

    /// Starts it, waits until it is there, and stops it as an operator would.
    ///
    /// @param ready what a line of its output says then
    static Start of(List<String> command, Map<String, String> environment, Pattern ready)
            throws IOException, InterruptedException {
        long from = System.nanoTime();
        Process process = process(command, environment);
        CompletableFuture<?> end =
                CompletableFuture.runAsync(
                        process::destroyForcibly,
                        CompletableFuture.delayedExecutor(LONGEST.toSeconds(), TimeUnit.SECONDS));
        String last = "";
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (ready.matcher(line).matches()) {
                    return read(process, from);
                }
                last = line;
            }
            String what =
                    end.isDone() ? "is not there after " + LONGEST : "ended before it was there";
            throw new IOException("it " + what + ", last said \"" + last + "\": " + command);
        } finally {
            end.cancel(false);
            stop(process);
        }
    }

    /// The same for one that says nothing.
    static Start of(List<String> command, Map<String, String> environment, Ready ready)
            throws IOException, InterruptedException {
        long from = System.nanoTime();
        Process process = process(command, environment);
        try {
            while (!ready.isReady()) {
                if (!process.isAlive() || System.nanoTime() - from > LONGEST.toNanos()) {
                    throw new IOException("it is not there: " + command);
                }
                Thread.sleep(10);
            }
            return read(process, from);
        } finally {
            stop(process);
        }
    }

    private static Process process(List<String> command, Map<String, String> environment)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Start read(Process process, long from) throws IOException {
        double wall = (System.nanoTime() - from) / 1e6;
        double cpu = process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e6;
        String resident =
                Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .findFirst()
                        .orElseThrow(() -> new IOException("no VmRSS of " + process.pid()));
        double kib = Double.parseDouble(resident.replaceAll("\\D", ""));
        return new Start(cpu, wall, kib / 1024);
    }

    private static void stop(Process process) throws InterruptedException {
        process.destroy(); // an AOT cache is written then
        if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
