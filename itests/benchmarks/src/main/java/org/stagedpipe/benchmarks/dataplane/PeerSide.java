package org.stagedpipe.benchmarks.dataplane;

import org.stagedpipe.benchmarks.peer.PeerProcess;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A peer's process, asked for one run after the other.
final class PeerSide implements AutoCloseable {

    /// What their serialisers look into.
    private static final List<String> OPEN =
            List.of("java.lang", "java.util", "java.util.concurrent", "java.nio", "sun.nio.ch");

    private final String name;
    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter orders;

    private PeerSide(String name, Process process) {
        this.name = name;
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.orders = process.outputWriter(StandardCharsets.UTF_8);
    }

    /// What a run showed.
    ///
    /// @param itemsPerSecond through the whole job
    /// @param cpuMicros CPU time of an item
    record Run(double itemsPerSecond, double cpuMicros) {}

    /// Starts it.
    static PeerSide start(String name) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> command = new ArrayList<>(List.of(java.toString(), "-Xmx1g"));
        OPEN.forEach(opened -> {
            command.add("--add-opens");
            command.add("java.base/" + opened + "=ALL-UNNAMED");
        });
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PeerProcess.class.getName(),
                        name));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        return new PeerSide(name, builder.start());
    }

    /// Runs the job; waits for its end.
    Run run(long items) throws IOException {
        orders.write(items + "\n");
        orders.flush();
        String answer = answers.readLine();
        if (answer == null || !answer.startsWith("done ")) {
            throw new IOException(name + " said: " + answer + " (expected: done …)");
        }
        String[] words = answer.split(" ", -1);
        return new Run(Double.parseDouble(words[1]), Double.parseDouble(words[2]));
    }

    @Override
    public void close() {
        try {
            orders.close();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
