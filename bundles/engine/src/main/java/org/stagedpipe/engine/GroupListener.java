package org.stagedpipe.engine;

import java.util.List;

/// Takes what a group finishes, as it finishes. Called by one thread at a time, the group's own delivery thread: a
/// listener may block and holds up nobody but its group.
///
/// @param <D> the data of an item
/// @param <R> what the request group holds open for its items
public interface GroupListener<D, R> {

    /// Requests that have ended, at least one, each exactly once. They leave the group's window when this returns. The
    /// list is used again for the next call.
    void onFinished(List<? extends AttachedRequest<D, R>> requests);

    /// There is room again after an offer was answered with full; once for each time that room was lacking.
    default void onRoom() {}

    /// The last request of a finished or cancelled group was delivered. Nothing follows.
    default void onEnd(Counts counts) {}
}
