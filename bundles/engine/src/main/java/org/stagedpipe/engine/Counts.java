package org.stagedpipe.engine;

/// How many requests a group took and how the delivered ones ended. At the end of a group accepted = ok + failed +
/// aborted.
///
/// @param accepted requests that the group took
/// @param ok delivered with a result
/// @param failed delivered with a fault of their own
/// @param aborted delivered because their group was cancelled
public record Counts(long accepted, long ok, long failed, long aborted) {

    /// Requests whose outcome was delivered.
    public long delivered() {
        return ok + failed + aborted;
    }
}
