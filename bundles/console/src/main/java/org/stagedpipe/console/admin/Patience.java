package org.stagedpipe.console.admin;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/// For how long a program waits while an overseer is silent; a whole change may take as long as it does.
///
/// The overseer ends each change by itself. How long it may be silent meanwhile follows from its settings, which only it knows:
/// so this is what they allow at most. One that is dead, or frozen, does not answer the transport, which ends the call soon.
///
/// @param take of a message, a chunk of an upload say
/// @param say a step of a change
record Patience(Duration take, Duration say) {

    private static final Duration TAKE = Duration.ofMinutes(1);

    /// The longest `installTimeoutMs`.
    private static final Duration INSTALL = Duration.ofHours(1);

    /// Three times the longest `leaseTtlMs`: for workers that are not back yet, and coordinators that do not answer.
    private static final Duration MEMBERS = Duration.ofMinutes(30);

    /// @param timeout that the overseer is told for all workers together, null for its setting
    static Patience of(@Nullable Duration timeout) {
        return new Patience(TAKE, (timeout == null ? INSTALL : timeout).plus(MEMBERS));
    }
}
