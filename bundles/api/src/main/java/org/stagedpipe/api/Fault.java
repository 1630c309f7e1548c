package org.stagedpipe.api;

import org.jspecify.annotations.Nullable;

/// Why an item, or a group, did not end well.
///
/// @param kind who acts on it
/// @param stage the stage in which it happened, null outside of any
/// @param attempt the delivery in which it happened, from 1; 0 if it never reached a worker
/// @param text what happened, for a person
/// @param retryable whether the same item may succeed later
public record Fault(
        Kind kind, @Nullable String stage, int attempt, String text, boolean retryable) {

    /// Who acts on a fault.
    public enum Kind {
        /// The client: the item's bytes are not what the plugin's codec reads.
        BAD_DATA,
        /// The client: the item is larger than items may be.
        TOO_LARGE,
        /// The plugin's author or the data: a stage threw this.
        STAGE,
        /// The plugin's author: the result has no form in the plugin's codec.
        BAD_RESULT,
        /// The plugin's author: a stage was met twice where loops are forbidden.
        CYCLIC,
        /// Nobody: an earlier item of the same key failed and the group stops keys at faults.
        KEY_FAILED,
        /// The plugin's author: the item or its stage ran longer than allowed.
        DEADLINE,
        /// The plugin's author: the item ended the workers it ran on.
        POISON,
        /// Nobody: the item or its group was cancelled.
        CANCELLED,
        /// The operator: the cluster could not process the item.
        SYSTEM
    }
}
