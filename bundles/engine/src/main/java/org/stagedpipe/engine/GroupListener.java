package org.stagedpipe.engine;

import java.util.List;

/// Takes what a group finishes, as it finishes. Called by one thread at a time. All but [#onFinishedAlone] is called by the
/// group's own delivery thread: there a listener may block and holds up nobody but its group.
///
/// @param <D> the data of an item
/// @param <R> what the request group holds open for its items
public interface GroupListener<D, R> {

    /// Requests that have ended, at least one, each exactly once. They leave the group's window when this returns. The
    /// list is used again for the next call.
    void onFinished(List<? extends AttachedRequest<D, R>> requests);

    /// A request that has ended alone, while nothing else waits to be delivered: spares waking the delivery thread. Called on
    /// the pipeline's thread, so it must neither wait nor take long.
    ///
    /// @return whether it took the request, which then leaves the group's window; false leaves it to [#onFinished]
    default boolean onFinishedAlone(AttachedRequest<D, R> request) {
        return false;
    }

    /// There is room again after an offer was answered with full; once for each time that room was lacking.
    default void onRoom() {}

    /// The last request of a finished or cancelled group was delivered. Nothing follows.
    default void onEnd(Counts counts) {}
}
