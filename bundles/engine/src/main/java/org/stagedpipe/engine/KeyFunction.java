package org.stagedpipe.engine;

/// Answers the key that a request belongs to. Requests of one key enter the marked stages in submit order.
///
/// @param <D> the data of an item
/// @param <R> what the request group holds open for its items
@FunctionalInterface
public interface KeyFunction<D, R> {

    /// The key, with equals and hashCode that do not change. Called by the submitting thread, so a request that was
    /// submitted with an attachment has no data yet. Its equals is called under the group's lock: it must wait for nothing, and call
    /// nothing of the group.
    Object key(AttachedRequest<D, R> request);
}
