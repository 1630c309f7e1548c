package org.stagedpipe.transport;

/// Answers a stream on a server, on a virtual thread of its own that may block.
///
/// @param <I> what the caller sends
/// @param <O> what this side answers
@FunctionalInterface
public interface ExchangeHandler<I, O> {

    /// The whole conversation; the call ends well when this returns.
    ///
    /// @throws CallException what the caller gets as the end of the call
    /// @throws InterruptedException if the server is closed meanwhile
    void converse(Exchange<O, I> exchange) throws CallException, InterruptedException;
}
