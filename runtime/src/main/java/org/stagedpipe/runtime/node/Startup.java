package org.stagedpipe.runtime.node;

import org.jspecify.annotations.Nullable;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/// How the components tell the launcher that they serve, or why they cannot. Called on any thread of the container.
final class Startup implements BiConsumer<String, String> {

    private final int expected;
    private final List<String> ready = new ArrayList<>();
    private @Nullable String failure;

    /// @param expected how many components report
    Startup(int expected) {
        this.expected = expected;
    }

    /// `ready` with what it serves where, or `failed` with one line.
    @Override
    public synchronized void accept(String event, String text) {
        switch (event) {
            case "ready" -> ready.add(text);
            case "failed" -> {
                if (failure == null) {
                    failure = text;
                    sayLast(text);
                }
            }
            default ->
                    throw new IllegalArgumentException(
                            "event: \"" + event + "\" (expected: ready or failed)");
        }
        notifyAll();
    }

    /// What they serve, once all have said it; empty if they did not within that time.
    ///
    /// @throws StartException if one has failed
    synchronized List<String> await(Duration timeout) throws StartException, InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        while (failure == null && ready.size() < expected) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return List.of();
            }
            wait(Math.max(1, left / 1_000_000));
        }
        if (failure != null) {
            throw new StartException(failure);
        }
        return said();
    }

    /// What those serve that have said it.
    synchronized List<String> said() {
        return List.copyOf(ready);
    }

    /// The component that failed throws now, and the container tells that with a stack: it would bury the one line.
    private static void sayLast(String text) {
        System.err.println("stagedpipe: " + text);
        System.err.flush();
        System.setErr(new PrintStream(PrintStream.nullOutputStream()));
    }
}
