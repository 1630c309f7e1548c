package org.stagedpipe.itests.faults;

import org.stagedpipe.api.Outcome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A [StoringClient] in a process of its own. Closed by whoever started it.
final class ClientProcess implements AutoCloseable {

    private static final int ITEMS = 2_000;
    private static final int KILLED = 128 + 9;
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final String name;
    private final StoringClient.Task task;
    private Process process;

    private ClientProcess(String name, StoringClient.Task task) throws IOException {
        this.name = name;
        this.task = task;
        this.process = start();
    }

    /// Starts one with a group of its own.
    static ClientProcess of(Round round, String name, boolean ordered) throws IOException {
        return of(round, name, ordered, ITEMS);
    }

    /// The same with so many items.
    static ClientProcess of(Round round, String name, boolean ordered, int items)
            throws IOException {
        Path effects = Files.createTempDirectory(round.cluster().data("clients"), name);
        return new ClientProcess(
                name,
                new StoringClient.Task(
                        round.cluster().overseer(),
                        effects.resolve("effects"),
                        ordered,
                        round.random().nextLong(),
                        items));
    }

    /// Waits for so many more lines.
    void awaitEffects(int more) throws IOException, InterruptedException {
        int goal = Math.min(effects().size() + more, task.items());
        long end = System.nanoTime() + LONGEST.toNanos();
        while (effects().size() < goal && process.isAlive() && System.nanoTime() < end) {
            Thread.sleep(20);
        }
    }

    /// SIGKILL, and another process for the same task.
    ///
    /// @return whether the first one was killed, and had not ended by itself
    boolean restart() throws IOException, InterruptedException {
        boolean killed = process.destroyForcibly().waitFor() == KILLED;
        process = start();
        return killed;
    }

    /// Waits for its end.
    ///
    /// @return what became of its items
    Book awaitEnd() throws IOException, InterruptedException {
        Book book = new Book(name, task.ordered());
        if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
            book.wrong("its client does not end");
        } else if (process.exitValue() != 0) {
            book.wrong("its client ends with status " + process.exitValue() + ", see " + log());
        }
        List<String> effects = effects();
        for (long sequence = 0; sequence < task.items(); sequence++) {
            book.submitted(sequence, task.item(sequence));
        }
        if (!effects.isEmpty()) {
            book.opened(effects.getFirst().split(" ", -1)[2]);
        }
        for (String effect : effects) {
            String[] words = effect.split(" ", -1);
            book.outcome(
                    new Outcome.Ok<>(
                            Long.parseLong(words[0]), Base64.getDecoder().decode(words[1])));
        }
        return book;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private List<String> effects() throws IOException {
        return Files.exists(task.effects()) ? Files.readAllLines(task.effects()) : List.of();
    }

    private Path log() {
        return task.effects().resolveSibling("log");
    }

    private Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StoringClient.class.getName(),
                        task.overseer(),
                        task.effects().toString(),
                        Boolean.toString(task.ordered()),
                        Long.toString(task.seed()),
                        Integer.toString(task.items()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .start();
    }
}
