package org.stagedpipe.engine;

import org.stagedpipe.api.Request;

/// Runs before every stage, the first one included.
///
/// @param <D> the data of an item
/// @param <R> what the request group holds open for its items
@FunctionalInterface
public interface PreProcessor<D, R> {

    /// Looks at the request on the pipeline's thread. An error set with [Request#fail] skips the stage and ends the
    /// request.
    ///
    /// @throws Exception ends the request as well
    void run(Request<D, R> request) throws Exception;
}
