package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Whose turn it is to change the catalogue. Of a plugin, or a library, one change at a time; what removes something that others may be
/// about to need goes alone. Nobody waits, but for the sweeper, which is brief, and rollbacks for changes of their own plugin: beside all
/// others they begin at once. Safe for use by many threads.
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

    /// @param subject empty if it goes alone
    private record Running(String what, String subject) {

        boolean isInTheWayOf(Running other) {
            return subject.isEmpty() || other.subject.isEmpty() || subject.equals(other.subject);
        }
    }

    /// Takes it.
    ///
    /// @param what the change is, for whoever is refused meanwhile
    /// @param plugin that it changes
    /// @throws CallException CONFLICT if another change of it runs, or one that goes alone
    Held take(String what, String plugin) throws CallException, InterruptedException {
        return takeAfterSweep(new Running(what, plugin));
    }

    /// The same for one that keeps that library.
    Held takeFor(Library library) throws CallException, InterruptedException {
        return takeAfterSweep(
                new Running("library " + library, "library:" + library.symbolicName()));
    }

    /// The same for one that goes alone.
    ///
    /// @throws CallException CONFLICT if another change runs
    Held takeAlone(String what) throws CallException, InterruptedException {
        return takeAfterSweep(new Running(what, ""));
    }

    private synchronized Held takeAfterSweep(Running own)
            throws CallException, InterruptedException {
        await(
                SWEEP_PATIENCE,
                () -> running.stream().noneMatch(other -> other.what().equals(SWEEP)));
        return takeNow(own);
    }

    /// Takes it for the sweeper.
    ///
    /// @throws CallException CONFLICT if somebody has it
    synchronized Held sweep() throws CallException {
        return takeNow(new Running(SWEEP, ""));
    }

    private Held takeNow(Running own) throws CallException {
        for (Running other : running) {
            if (other.isInTheWayOf(own)) {
                throw conflict(own.what(), other);
            }
        }
        return held(own);
    }

    /// Takes it for a rollback, as soon as no change of the same plugin runs.
    ///
    /// @return null if one still runs after that time
    synchronized @Nullable Held takeBeside(String what, String plugin, Duration patience)
            throws InterruptedException {
        return await(patience, () -> running.stream().noneMatch(o -> o.subject().equals(plugin)))
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
