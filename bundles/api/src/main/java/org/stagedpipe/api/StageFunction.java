package org.stagedpipe.api;

/// What a stage does with a request.
///
/// @param <D> the data of an item
/// @param <R> what the request group holds open for its items
@FunctionalInterface
public interface StageFunction<D, R> {

    /// Processes the request on a pipeline's thread and answers the stage that follows.
    ///
    /// @return the next stage, or [Stage#end()] when the request leaves the pipeline
    /// @throws Exception whatever the stage throws is the fault of this item only
    Stage<D, R> run(Request<D, R> request) throws Exception;
}
