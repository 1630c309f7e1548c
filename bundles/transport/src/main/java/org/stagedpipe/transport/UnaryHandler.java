package org.stagedpipe.transport;

/// Answers a unary call on a server, on a virtual thread of its own.
///
/// @param <I> what the caller sends
/// @param <O> what this side answers
@FunctionalInterface
public interface UnaryHandler<I, O> {

    /// The answer.
    ///
    /// @throws CallException what the caller gets instead
    /// @throws InterruptedException if the server is closed meanwhile
    O answer(I request) throws CallException, InterruptedException;
}
