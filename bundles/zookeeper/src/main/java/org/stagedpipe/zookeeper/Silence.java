package org.stagedpipe.zookeeper;

import org.apache.curator.framework.state.ConnectionState;
import org.jspecify.annotations.Nullable;

import java.util.function.LongSupplier;

/// Whether the servers have been silent for as long as a session lasts, by a clock that nobody sets. Curator asks the wall clock: one that
/// was set back would keep an overseer that is cut off in the lead for as much longer.
///
/// Told by Curator's thread, asked by any.
final class Silence {

    private final LongSupplier sessionMs;
    private final LongSupplier nanos;
    private volatile @Nullable Long since; // null: they answer, or nobody waits for them

    /// @param sessionMs how long one lasts: servers may have made more of what was asked for
    /// @param nanos monotonic
    Silence(LongSupplier sessionMs, LongSupplier nanos) {
        this.sessionMs = sessionMs;
        this.nanos = nanos;
    }

    /// What Curator says.
    void state(ConnectionState state) {
        since = state == ConnectionState.SUSPENDED ? (Long) nanos.getAsLong() : null;
    }

    /// Whether they have.
    boolean isLong() {
        Long begun = since;
        return begun != null && nanos.getAsLong() - begun >= sessionMs.getAsLong() * 1_000_000;
    }

    /// Nobody waits for that session any more.
    void end() {
        since = null;
    }
}
