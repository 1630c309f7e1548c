package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Request;

/// A request as a host sees it: with what the host attached when it submitted, and how it ended.
///
/// Hooks see it on the pipeline's thread; a [GroupListener] sees it on the group's delivery thread when it is finished.
///
/// @param <D> the data of an item
/// @param <R> what the request group holds open for its items
public interface AttachedRequest<D, R> extends Request<D, R> {

    /// What the submitter attached, or what a hook put in its place; null if nothing.
    @Nullable Object attachment();

    /// Replaces the attachment; for hooks.
    void attachment(@Nullable Object attachment);

    /// Why the request failed or was aborted, null if it did not (yet).
    @Nullable Fault fault();

    /// How the finished request ended.
    ///
    /// @throws IllegalStateException if it is not finished
    Outcome<D> outcome();
}
