package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

/// What a request has beside itself if it is timed, traced, limited in time or aborted. Owned like the request's fields.
final class Rarities {

    final @Nullable Deadline deadline;

    long submittedAt;

    /// For how many requests it is timed, itself included; 0 if it is not.
    int timedFor;

    @Nullable RequestTrace trace;

    /// Whether it ended with its group.
    boolean aborted;

    Rarities(@Nullable Deadline deadline) {
        this.deadline = deadline;
    }
}
