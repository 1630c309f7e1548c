package org.stagedpipe.transport;

/// What comes from the peer of a stream. Called one at a time, on a thread of the transport; must not block.
///
/// After [#onComplete] no message follows; [#onFailure] may still. After [#onFailure] nothing follows.
///
/// @param <T> what the peer sends
public interface Receiver<T> {

    /// The next message; as many as were asked for with [Call#request].
    void onMessage(T message);

    /// On a server: the caller sends no more. On a client: the call ended well, and all messages came before.
    void onComplete();

    /// The call failed, was cancelled, or its connection was lost. Comes at most once. A client that gave the call up gets
    /// what it said then; a server that ended its call gets nothing.
    void onFailure(CallException failure);

    /// The transport takes messages again after [Call#isReady] was false. May come more often than that.
    default void onReady() {}
}
