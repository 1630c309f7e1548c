package org.stagedpipe.itests.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// One node as a process of its own, started by the distribution's script. Closed by whoever started it.
public final class NodeProcess implements AutoCloseable {

    private static final Pattern READY = Pattern.compile("(\\w+) (\\S+) on (\\S+:\\d+)(.*)");

    /// Options of a virtual machine that is small and soon up.
    public static final String SMALL = "-Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1";

    private static final Duration START = Duration.ofSeconds(60);
    private static final String END = "\0end of output";

    private final String name;
    private final Path data;
    private final Process process;
    private final BlockingQueue<String> output = new LinkedBlockingQueue<>(10_000);
    private final List<String> seen = new ArrayList<>();

    private NodeProcess(String name, Path data, Process process) {
        this.name = name;
        this.data = data;
        this.process = process;
        Thread.ofPlatform().daemon().name("output-" + name).start(this::read);
    }

    /// Starts `stagedpipe node` with these arguments; does not wait for it.
    public static NodeProcess start(String name, Path data, List<String> arguments)
            throws IOException {
        return start(name, data, arguments, SMALL);
    }

    /// The same with options for its virtual machine, in the place of those that this process was given for nodes.
    public static NodeProcess start(
            String name, Path data, List<String> arguments, String javaOptions) throws IOException {
        return start(name, data, arguments, Map.of("STAGEDPIPE_JAVA_OPTS", javaOptions));
    }

    /// The same with these in its environment, whatever this process has there.
    public static NodeProcess start(
            String name, Path data, List<String> arguments, Map<String, String> environment)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(Distribution.script().toString(), "node"));
        command.addAll(arguments);
        command.addAll(List.of("--name", name, "--data", data.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return new NodeProcess(name, data, builder.start());
    }

    /// Waits until the node says where it serves.
    ///
    /// @return `host:port`
    public String awaitReady() throws InterruptedException {
        long end = System.nanoTime() + START.toNanos();
        while (true) {
            String line = output.poll(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (line == null || line.equals(END)) {
                throw new AssertionError(
                        name
                                + " did not become ready; it said:\n"
                                + String.join("\n", seen)
                                + log());
            }
            seen.add(line);
            Matcher ready = READY.matcher(line);
            if (ready.matches() && ready.group(2).equals(name)) {
                return ready.group(3);
            }
        }
    }

    /// The exit status; waits for it.
    public int awaitExit() throws InterruptedException {
        if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError(
                    name + " did not end; it said:\n" + String.join("\n", seen) + log());
        }
        return process.exitValue();
    }

    /// What it printed so far and nobody waited for.
    public List<String> printed() {
        output.drainTo(seen);
        return seen.stream().filter(line -> !line.equals(END)).toList();
    }

    /// Of the process.
    public long pid() {
        return process.pid();
    }

    /// Whether the process has not ended.
    public boolean isAlive() {
        return process.isAlive();
    }

    /// SIGKILL.
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /// SIGSTOP: the process keeps its connections and does nothing.
    public void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    /// SIGCONT.
    public void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    /// What its threads do, into that file.
    public void dumpThreads(Path file) throws IOException, InterruptedException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Process asking =
                new ProcessBuilder(jcmd, Long.toString(process.pid()), "Thread.print")
                        .redirectErrorStream(true)
                        .redirectOutput(file.toFile())
                        .start();
        if (!asking.waitFor(5, TimeUnit.SECONDS)) { // it is frozen
            asking.destroyForcibly();
        }
    }

    private void signal(String name) throws IOException, InterruptedException {
        Process kill =
                new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .redirectErrorStream(true)
                        .start();
        String said = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (kill.waitFor() != 0) {
            throw new IOException("kill -" + name + " " + process.pid() + ": " + said.strip());
        }
    }

    /// SIGTERM, and waits for the end.
    public int stop() throws InterruptedException {
        terminate();
        return awaitExit();
    }

    /// SIGTERM; does not wait.
    public void terminate() {
        process.destroy();
    }

    /// The name it was started with.
    public String name() {
        return name;
    }

    /// The last lines of the node's log, for a test that failed.
    public String log() {
        Path log = data.resolve("log");
        if (!Files.isDirectory(log)) {
            return "";
        }
        try (Stream<Path> files = Files.list(log)) {
            StringBuilder text = new StringBuilder();
            for (Path file : files.filter(file -> file.toString().endsWith(".log")).toList()) {
                List<String> lines = Files.readAllLines(file);
                text.append("\n--- ").append(file).append('\n');
                text.append(
                        String.join(
                                "\n", lines.subList(Math.max(0, lines.size() - 60), lines.size())));
            }
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                // its folder is deleted next
                process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private void read() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            reader.lines().forEach(output::offer); // read on when it is full, or the node waits
        } catch (UncheckedIOException | IOException e) {
            output.offer("output lost: " + e);
        }
        output.offer(END);
    }
}
