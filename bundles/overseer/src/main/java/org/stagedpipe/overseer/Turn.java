package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.concurrent.atomic.AtomicReference;

/// Whose turn it is to change the catalogue: one change at a time, nobody waits. Safe for use by many threads.
final class Turn {

    private final AtomicReference<@Nullable String> running = new AtomicReference<>();

    /// Ended by close.
    interface Held extends AutoCloseable {

        @Override
        void close();
    }

    /// Takes it.
    ///
    /// @param what the change is, for whoever is refused meanwhile
    /// @throws CallException CONFLICT if somebody has it
    Held take(String what) throws CallException {
        String other = running.compareAndExchange(null, what);
        if (other != null) {
            throw new CallException(
                    Kind.CONFLICT,
                    what + ": " + other + " is running (expected: one change at a time)");
        }
        return () -> running.set(null);
    }
}
