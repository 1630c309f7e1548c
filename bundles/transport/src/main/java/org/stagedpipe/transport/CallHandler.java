package org.stagedpipe.transport;

/// Answers a stream on a server. Called on a thread of the transport; must not block.
///
/// @param <I> what the caller sends
/// @param <O> what this side answers
@FunctionalInterface
public interface CallHandler<I, O> {

    /// A new stream. Its messages come once the receiver was returned and asked for some.
    Receiver<I> open(Call<O> call);
}
