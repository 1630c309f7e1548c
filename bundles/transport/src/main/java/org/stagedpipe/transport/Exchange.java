package org.stagedpipe.transport;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/// A stream for a thread that may block: it waits where a callback would come. For one thread that sends and one that
/// receives; they may be the same.
///
/// Holds at most [#PREFETCH] received messages.
///
/// @param <S> what this side sends
/// @param <R> what the peer sends
public final class Exchange<S, R> implements Receiver<R>, AutoCloseable {

    private static final int PREFETCH = 4;
    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

    private final boolean caller;
    private final Queue<R> received = new ArrayDeque<>(PREFETCH);
    private @Nullable Call<S> call;
    private boolean completed; // by the peer
    private boolean finished; // by this side
    private boolean closed;
    private @Nullable CallException failure;

    /// @param caller whether this is the side that called: a peer that completes then has ended the whole call
    Exchange(boolean caller) {
        this.caller = caller;
    }

    synchronized void attach(Call<S> attached) {
        call = attached;
        attached.request(PREFETCH);
    }

    /// Sends a message, waits while the transport takes none.
    ///
    /// Does nothing once a server has ended the call well: its last messages are still to be read. The caller learns of an end only
    /// once it has read all that came before, so one thread that does both, or waits for the other, sends with a timeout.
    ///
    /// @throws CallException if the call has failed, or this side has said that it sends no more
    public void send(S message) throws CallException, InterruptedException {
        send(message, FOR_EVER);
    }

    /// The same, but waits at most that long.
    ///
    /// @throws CallException the same; TIMED_OUT if the time is over, the message is not sent then
    public void send(S message, Duration timeout) throws CallException, InterruptedException {
        Call<S> out;
        synchronized (this) {
            out = attached();
            long begun = System.nanoTime();
            while (maySend() && !out.isReady()) {
                // The callback comes with the transport's next write; the end of the call ends the
                // wait.
                waitSince(begun, timeout, "no message was taken");
            }
            throwIfFailed();
            if (finished) {
                throw new CallException(CallException.Kind.CANCELLED, "this side sends no more");
            }
            if (caller && completed) {
                return; // a server may answer before it has read everything
            }
        }
        out.send(message);
    }

    /// Sends the first message, which goes out once there is a connection. Does not wait for that: a peer that is frozen
    /// takes connections and never answers on them.
    ///
    /// @throws CallException if the call has failed
    public void begin(S message) throws CallException {
        synchronized (this) {
            throwIfFailed();
        }
        attached().send(message);
    }

    private boolean maySend() {
        return failure == null && !closed && !finished && !(caller && completed);
    }

    /// The next message of the peer, null once it has sent its last. Waits for it; a deadline is the call's.
    ///
    /// @throws CallException if the call has failed
    public @Nullable R next() throws CallException, InterruptedException {
        return next(FOR_EVER);
    }

    /// The same, but waits at most that long.
    ///
    /// @throws CallException if the call has failed; TIMED_OUT if the time is over, the call then goes on
    public synchronized @Nullable R next(Duration timeout)
            throws CallException, InterruptedException {
        long begun = System.nanoTime();
        while (mustWait()) {
            waitSince(begun, timeout, "no message");
        }
        return poll();
    }

    /// Until something happens, or the time since then is over.
    private void waitSince(long begunNanos, Duration timeout, String what)
            throws CallException, InterruptedException {
        if (timeout.equals(FOR_EVER)) {
            wait();
            return;
        }
        long left = timeout.toNanos() - (System.nanoTime() - begunNanos);
        if (left <= 0) {
            throw new CallException(
                    CallException.Kind.TIMED_OUT, what + " within " + timeout.toMillis() + " ms");
        }
        // Not less than what wait() can count, or the last part would be a busy wait.
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, 1_000_000));
    }

    private boolean mustWait() {
        return received.isEmpty() && !completed && failure == null && !closed;
    }

    private @Nullable R poll() throws CallException {
        R message = received.poll();
        if (message == null) {
            throwIfFailed();
            return null;
        }
        attached().request(1);
        return message;
    }

    /// Who is on the other side, as far as this one knows.
    public Peer peer() {
        return attached().peer();
    }

    /// This side sends no more.
    public void complete() {
        synchronized (this) {
            finished = true;
            notifyAll();
        }
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

    private synchronized Call<S> attached() {
        if (call == null) {
            throw new IllegalStateException("exchange: not attached to a call");
        }
        return call;
    }

    private void throwIfFailed() throws CallException {
        if (failure != null) {
            throw failure.again();
        }
        if (closed) {
            throw new CallException(CallException.Kind.CANCELLED, "given up");
        }
    }
}
