package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Whose turn it is to change the catalogue: one change at a time, nobody waits, but for the sweeper, which is brief.
/// Rollbacks begin beside changes of other plugins, and wait for those of their own; until new groups get their version, for which they
/// have a timeout, nothing begins but other rollbacks. Safe for use by many threads.
final class Turn {

    private static final String SWEEP = "sweep of the repository";
    private static final Duration SWEEP_PATIENCE = Duration.ofSeconds(10);

    // Guarded by this.
    private final List<Running> running = new ArrayList<>();

    /// Ended by close; closed again, it does nothing.
    interface Held extends AutoCloseable {

        @Override
        void close();
    }

    /// @param plugin its name, empty if it is about none
    private record Running(String what, String plugin) {}

    /// Takes it.
    ///
    /// @param what the change is, for whoever is refused meanwhile
    /// @param plugin that it changes, empty if none
    /// @throws CallException CONFLICT if somebody has it
    synchronized Held take(String what, String plugin) throws CallException, InterruptedException {
        await(
                SWEEP_PATIENCE,
                () -> running.stream().noneMatch(other -> other.what().equals(SWEEP)));
        return takeNow(what, plugin);
    }

    /// Takes it for the sweeper.
    ///
    /// @throws CallException CONFLICT if somebody has it
    synchronized Held sweep() throws CallException {
        return takeNow(SWEEP, "");
    }

    private Held takeNow(String what, String plugin) throws CallException {
        if (!running.isEmpty()) {
            throw conflict(what, running.getFirst());
        }
        return held(new Running(what, plugin));
    }

    /// Takes it for a rollback, as soon as no change of the same plugin runs.
    ///
    /// @return null if one still runs after that time
    synchronized @Nullable Held takeBeside(String what, String plugin, Duration patience)
            throws InterruptedException {
        return await(patience, () -> running.stream().noneMatch(o -> o.plugin().equals(plugin)))
                ? held(new Running(what, plugin))
                : null;
    }

    private synchronized boolean await(Duration patience, BooleanSupplier condition)
            throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            long leftMs = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            if (leftMs <= 0) {
                return false;
            }
            wait(leftMs);
        }
        return true;
    }

    private Held held(Running own) {
        running.add(own);
        return () -> end(own);
    }

    private synchronized void end(Running own) {
        running.removeIf(other -> other == own);
        notifyAll();
    }

    private static CallException conflict(String what, Running other) {
        return new CallException(
                Kind.CONFLICT,
                what + ": " + other.what() + " is running (expected: one change at a time)");
    }
}
