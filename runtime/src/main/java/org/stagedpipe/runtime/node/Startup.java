package org.stagedpipe.runtime.node;

import org.jspecify.annotations.Nullable;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/// How the components tell the launcher that they serve, or why they cannot, or that the process is to be started anew. Called on any thread of the container.
final class Startup implements BiConsumer<String, String> {

    /// The node has stopped well, and whoever looks after it should start it again.
    static final int RECYCLE_STATUS = 75;

    private final int expected;
    private final Ending ending;
    private final List<String> ready = new ArrayList<>();
    private final UnaryOperator<String> named;
    private final CompletableFuture<String> failed = new CompletableFuture<>();
    private @Nullable String failure;

    /// @param expected how many components report
    /// @param named says of what a component refuses where it stands
    Startup(int expected, Ending ending, UnaryOperator<String> named) {
        this.expected = expected;
        this.ending = ending;
        this.named = named;
    }

    /// `ready` with what it serves where, or `failed` with one line; later perhaps `recycle` with why.
    @Override
    public synchronized void accept(String event, String text) {
        switch (event) {
            case "ready" -> ready.add(text);
            case "failed" -> {
                if (failure == null) {
                    failure = named.apply(text);
                    sayLast(failure);
                    failed.complete(failure);
                }
            }
            case "recycle" -> recycle(text);
            default ->
                    throw new IllegalArgumentException(
                            "event: \"" + event + "\" (expected: ready, failed or recycle)");
        }
        notifyAll();
    }

    /// Done once one has failed. The container may be busy for longer: whoever needs that component has it tried again.
    CompletableFuture<?> failed() {
        return failed;
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

    /// Stops the node as a signal does, with a status of its own. On another thread: the stop waits for the component.
    private void recycle(String text) {
        System.err.println("stagedpipe: " + text);
        System.err.flush();
        try {
            Thread.ofPlatform().name("recycle").start(() -> ending.exit(RECYCLE_STATUS));
        } catch (
                OutOfMemoryError e) { // no thread is left: that may be why, and no stop is possible
            Runtime.getRuntime().halt(RECYCLE_STATUS);
        }
    }

    /// The component that failed throws now, and the container tells that with a stack: it would bury the one line.
    private static void sayLast(String text) {
        System.err.println("stagedpipe: " + text);
        System.err.flush();
        System.setErr(new PrintStream(PrintStream.nullOutputStream()));
    }
}
