package org.stagedpipe.transport;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Queue;

/// A stream for a thread that may block: it waits where a callback would come. For one thread that sends and one that
/// receives; they may be the same.
///
/// Holds at most [#PREFETCH] received messages.
///
/// @param <S> what this side sends
/// @param <R> what the peer sends
public final class Exchange<S, R> implements Receiver<R>, AutoCloseable {

    private static final int PREFETCH = 4;

    private final Queue<R> received = new ArrayDeque<>(PREFETCH);
    private @Nullable Call<S> call;
    private final boolean endsWithPeer;
    private boolean completed;
    private boolean closed;
    private @Nullable CallException failure;

    /// @param endsWithPeer whether the call is over once the peer sends no more: on a client
    Exchange(boolean endsWithPeer) {
        this.endsWithPeer = endsWithPeer;
    }

    synchronized void attach(Call<S> attached) {
        call = attached;
        attached.request(PREFETCH);
    }

    /// Sends a message, waits while the transport takes none. Does nothing once a server has ended the call well.
    ///
    /// @throws CallException if the call has failed
    public void send(S message) throws CallException, InterruptedException {
        Call<S> out;
        synchronized (this) {
            out = attached();
            while (failure == null && !closed && !isOver() && !out.isReady()) {
                // The callback comes with the transport's next write; the call's deadline or loss
                // ends the wait.
                wait();
            }
            throwIfFailed();
            if (isOver()) {
                return;
            }
        }
        out.send(message);
    }

    /// The next message of the peer, null once it has sent its last. Waits for it; a deadline is the call's.
    ///
    /// @throws CallException if the call has failed
    public synchronized @Nullable R next() throws CallException, InterruptedException {
        while (received.isEmpty() && !completed && failure == null && !closed) {
            wait();
        }
        R message = received.poll();
        if (message == null) {
            throwIfFailed();
            return null;
        }
        attached().request(1);
        return message;
    }

    /// This side sends no more.
    public void complete() {
        attached().complete();
    }

    /// Gives the call up unless it has ended; wakes whoever waits.
    @Override
    public void close() {
        boolean cancel;
        synchronized (this) {
            cancel = !closed && failure == null && !completed;
            closed = true;
            notifyAll();
        }
        if (cancel) {
            attached().fail(new CallException(CallException.Kind.CANCELLED, "given up"));
        }
    }

    @Override
    public synchronized void onMessage(R message) {
        received.add(message);
        notifyAll();
    }

    @Override
    public synchronized void onComplete() {
        completed = true;
        notifyAll();
    }

    @Override
    public synchronized void onFailure(CallException why) {
        failure = why;
        notifyAll();
    }

    @Override
    public synchronized void onReady() {
        notifyAll();
    }

    private boolean isOver() {
        return endsWithPeer && completed;
    }

    private synchronized Call<S> attached() {
        if (call == null) {
            throw new IllegalStateException("exchange: not attached to a call");
        }
        return call;
    }

    private void throwIfFailed() throws CallException {
        if (failure != null) {
            throw new CallException(failure.kind(), failure.getMessage(), failure);
        }
        if (closed) {
            throw new CallException(CallException.Kind.CANCELLED, "given up");
        }
    }
}
