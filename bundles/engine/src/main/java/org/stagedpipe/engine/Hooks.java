package org.stagedpipe.engine;

/// What a host does around the stages, on the pipeline's thread: decode before the first stage, encode after the last.
///
/// Called by many threads at once, each with a request of its own. Throw a [org.stagedpipe.api.FaultException] to choose
/// the kind of the item's fault.
///
/// @param <D> the data of an item
/// @param <R> what the request group holds open for its items
public interface Hooks<D, R> {

    /// Called before the first stage, not for a request that is cancelled by then. Sets the data if the request was
    /// submitted with an attachment only.
    ///
    /// @throws Exception the item's fault, of kind STAGE without a stage unless it says another; no stage runs
    default void enter(AttachedRequest<D, R> request) throws Exception {}

    /// Called after the last stage of a request that has not failed.
    ///
    /// @throws Exception the item's fault, of kind BAD_RESULT unless it says another
    default void leave(AttachedRequest<D, R> request) throws Exception {}
}
