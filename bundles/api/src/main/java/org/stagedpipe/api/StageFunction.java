package org.stagedpipe.api;

/// What a stage does with a request.
///
/// Put bulk objects into a request rather than many small ones: to hand one on costs more than a stage that does little. Start no
/// threads here: pipelines × stages is the parallelism, and nothing that ends a stage ends what it has started.
///
/// @param <D> the data of an item
/// @param <R> what the request group holds open for its items
@FunctionalInterface
public interface StageFunction<D, R> {

    /// Processes the request on a pipeline's thread and answers the stage that follows.
    ///
    /// @return the next stage, or [Stage#end()] when the request leaves the pipeline; null counts as the end
    /// @throws Exception whatever the stage throws is the fault of this item only, which is no longer processed; what is only wrong
    ///     with its data belongs in the data
    Stage<D, R> run(Request<D, R> request) throws Exception;
}
