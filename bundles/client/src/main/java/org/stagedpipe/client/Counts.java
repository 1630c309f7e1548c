package org.stagedpipe.client;

/// What became of a group's items. Once the group has ended, accepted = ok + failed + aborted.
///
/// @param accepted items that [Group#submit] took
/// @param ok items that passed their last stage
/// @param failed items that ended by a fault of their own
/// @param aborted items that ended with their group
public record Counts(long accepted, long ok, long failed, long aborted) {

    /// Items that have no outcome yet.
    public long open() {
        return accepted - ok - failed - aborted;
    }
}
