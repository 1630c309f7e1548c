package org.stagedpipe.benchmarks.dataplane;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A process that says on a line of its output where it serves. Whoever started it closes it.
final class Child implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(60);
    private static final Pattern SERVES = Pattern.compile("\\w+ \\S+ on (\\S+:\\d+).*");
    private static final Pattern TOTAL = Pattern.compile("Total\\s+\\d+\\s+(\\d+)\\s*");
    private static final Pattern DIRECT = Pattern.compile("-\\s+Other \\(reserved=(\\d+)KB.*");
    private static final String OPTIONS = "STAGEDPIPE_JAVA_OPTS";

    private final String name;
    private final Process process;
    private final CompletableFuture<String> address = new CompletableFuture<>();

    private Child(String name, Process process) {
        this.name = name;
        this.process = process;
        // a read of a pipe would keep the carrier of a virtual thread
        Thread.ofPlatform().name("output-" + name).daemon().start(this::read);
    }

    /// A class of this module in a JVM of its own.
    static Child java(String name, Class<?> main, String... arguments) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                java.toString(),
                                "-Xmx512m",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Dio.grpc.netty.shaded.io.netty.leakDetection.level=disabled", // as a node
                                "-cp",
                                System.getProperty("java.class.path"),
                                main.getName()));
        command.addAll(List.of(arguments));
        return new Child(name, builder(command).start());
    }

    /// A node of the distribution.
    ///
    /// @param options for its JVM, beside those that it has anyway
    static Child node(String name, Path script, List<String> arguments, String options)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(script.toString(), "node", "--name", name));
        command.addAll(arguments);
        ProcessBuilder builder = builder(command);
        builder.environment().merge(OPTIONS, options, (set, more) -> set + " " + more);
        return new Child(name, builder.start());
    }

    private static ProcessBuilder builder(List<String> command) {
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    }

    /// Where it serves, `host:port`; waits for it.
    String address() throws InterruptedException {
        try {
            return address.get(START.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(name + " did not start: " + e.getMessage(), e);
        }
    }

    /// CPU time it has used.
    ///
    /// @throws IllegalStateException if it has ended
    Duration cpu() {
        return process.info()
                .totalCpuDuration()
                .orElseThrow(() -> new IllegalStateException(name + " has ended"));
    }

    /// Memory that it has, as the system counts it.
    ///
    /// @throws IOException if it has ended, or the system is no Linux
    long residentBytes() throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow(() -> new IOException(status + ": no VmRSS (expected: one line)"));
    }

    /// What is live in the heap of a JVM; it collects its garbage for that.
    ///
    /// @throws IOException if it has ended
    long liveBytes() throws IOException, InterruptedException {
        return number(TOTAL, jcmd("GC.class_histogram"));
    }

    /// Memory that a JVM has reserved beside the heap for the program itself: its direct buffers, in use or kept for later.
    ///
    /// @throws IOException if it has ended, or was not told to keep these books (`-XX:NativeMemoryTracking`)
    long directBytes() throws IOException, InterruptedException {
        return number(DIRECT, jcmd("VM.native_memory", "summary")) << 10;
    }

    /// Notes what a JVM allocates while something happens.
    ///
    /// @param file gets the recording
    /// @throws IOException if it has ended
    void recordInto(Path file, Happening happening) throws Exception {
        List<String> start = new ArrayList<>(List.of("JFR.start", "name=bench", "settings=none"));
        for (String event : Allocation.EVENTS) {
            start.add("+" + event + "#enabled=true");
            start.add("+" + event + "#stackTrace=true");
        }
        List<String> said = jcmd(start.toArray(String[]::new));
        happening.run();
        said.addAll(jcmd("JFR.stop", "name=bench", "filename=" + file));
        if (!Files.exists(file)) {
            throw new IOException("jcmd said: " + said + " (expected: a recording)");
        }
    }

    /// What a process is watched in.
    interface Happening {
        void run() throws Exception;
    }

    private static long number(Pattern line, List<String> said) throws IOException {
        return said.stream()
                .map(line::matcher)
                .filter(Matcher::matches)
                .mapToLong(found -> Long.parseLong(found.group(1)))
                .findFirst()
                .orElseThrow(() -> new IOException("jcmd said: " + said + " (expected: " + line));
    }

    private List<String> jcmd(String... words) throws IOException, InterruptedException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        List<String> command = new ArrayList<>(List.of(jcmd, Long.toString(process.pid())));
        command.addAll(List.of(words));
        Process asked = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> said =
                new ArrayList<>(asked.inputReader(StandardCharsets.UTF_8).readAllLines());
        asked.waitFor();
        return said;
    }

    private void read() {
        List<String> before = new ArrayList<>();
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                Matcher serves = SERVES.matcher(line);
                if (serves.matches()) {
                    address.complete(serves.group(1));
                } else if (!address.isDone()) {
                    before.add(line);
                }
            }
        } catch (IOException e) {
            address.completeExceptionally(new UncheckedIOException(e));
        }
        address.completeExceptionally(new IllegalStateException("it ended; it said: " + before));
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
