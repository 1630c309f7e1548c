package org.stagedpipe.transport;

/// Our side of a stream. Safe for use by many threads; messages of one thread keep their order.
///
/// @param <T> what this side sends
public interface Call<T> {

    /// Whether a message sent now goes out without piling up in memory. Who sends looks at this first and otherwise waits
    /// for [Receiver#onReady].
    boolean isReady();

    /// Sends a message. Never blocks. Once the stream has ended it does nothing: [Receiver#onFailure] said or will say so.
    void send(T message);

    /// Ends our side: a server ends the call well, a client sends no more.
    void complete();

    /// Ends the call at once: a server with that status, a client by cancelling.
    void fail(CallException why);

    /// Who is on the other side, as far as a server knows it; a client knows nobody.
    default Peer peer() {
        return Peer.UNKNOWN;
    }

    /// Asks for that many more messages of the peer.
    ///
    /// @param messages at least 1
    void request(int messages);
}
