package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/// Takes traces: a span for each group, request and stage, as far as it wants them. Item data never comes here,
/// but for what a stage itself says in an event.
///
/// Called on submitting, pipeline and delivery threads; must be quick and not throw.
public interface Tracer {

    /// A group was opened. The answer is told when it ended; null if the group and its requests are not recorded.
    @Nullable GroupTrace group(UUID group);

    /// The span of a group.
    interface GroupTrace {

        /// A request begins; null if it is not recorded.
        @Nullable RequestTrace request(long sequence, int attempt);

        /// The group's last outcome was delivered.
        void ended(Counts counts);
    }
}
