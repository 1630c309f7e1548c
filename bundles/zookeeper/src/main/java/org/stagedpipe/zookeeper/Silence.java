package org.stagedpipe.zookeeper;

import org.apache.curator.framework.state.ConnectionState;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.function.LongSupplier;

/// Whether the servers have been silent for as long as a session lasts, by a clock that nobody sets. Curator asks the wall clock: one that
/// was set back would keep an overseer that is cut off in the lead for as much longer.
///
/// Told by Curator's thread, asked by any.
final class Silence {

    private final long sessionNanos;
    private final LongSupplier nanos;
    private volatile @Nullable Long since; // null: they answer, or nobody waits for them

    /// @param nanos monotonic
    Silence(Duration session, LongSupplier nanos) {
        this.sessionNanos = session.toNanos();
        this.nanos = nanos;
    }

    /// What Curator says.
    void state(ConnectionState state) {
        since = state == ConnectionState.SUSPENDED ? (Long) nanos.getAsLong() : null;
    }

    /// Whether they have.
    boolean isLong() {
        Long begun = since;
        return begun != null && nanos.getAsLong() - begun >= sessionNanos;
    }

    /// Nobody waits for that session any more.
    void end() {
        since = null;
    }
}
