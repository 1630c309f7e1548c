package org.stagedpipe.benchmarks.dataplane;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;

import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.function.LongFunction;

/// A client's stream to a relay.
final class RelayLine<T> implements ClientResponseObserver<T, T>, Side.Line {

    private final double itemsPerMessage;
    private final int window;
    private final LongFunction<T> message;
    private @Nullable ClientCallStreamObserver<T> call;
    private long sent;
    private int inFlight; // sent and not taken
    private int arrived;
    private @Nullable Throwable failure;

    /// @param window messages sent and not taken
    /// @param message the message of a number
    RelayLine(double itemsPerMessage, int window, LongFunction<T> message) {
        this.itemsPerMessage = itemsPerMessage;
        this.window = window;
        this.message = message;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<T> requests) {
        call = requests;
        requests.disableAutoRequestWithInitial(Pipe.PREFETCH);
        requests.setOnReadyHandler(this::wake);
    }

    @Override
    public double itemsPerMessage() {
        return itemsPerMessage;
    }

    @Override
    public void send() throws InterruptedException {
        synchronized (this) {
            while (failure == null && (inFlight >= window || !call().isReady())) {
                wait();
            }
            throwIfFailed();
            inFlight++;
        }
        call().onNext(message.apply(sent++));
    }

    @Override
    public synchronized int receive() throws InterruptedException {
        while (failure == null && arrived == 0) {
            wait();
        }
        throwIfFailed();
        int taken = arrived;
        arrived = 0;
        boolean wasFull = inFlight >= window;
        inFlight -= taken;
        if (wasFull) {
            notifyAll();
        }
        return taken;
    }

    @Override
    public void onNext(T answer) {
        synchronized (this) {
            if (arrived++ == 0) {
                notifyAll();
            }
        }
        call().request(1);
    }

    @Override
    public synchronized void onError(Throwable thrown) {
        failure = thrown;
        notifyAll();
    }

    @Override
    public void onCompleted() {
        onError(new IllegalStateException("the relay ended the stream"));
    }

    private synchronized void wake() {
        notifyAll();
    }

    private void throwIfFailed() {
        if (failure != null) {
            throw new IllegalStateException(failure.toString(), failure);
        }
    }

    private ClientCallStreamObserver<T> call() {
        return Objects.requireNonNull(call, "not open");
    }

    @Override
    public void close() {
        call().cancel("done", null);
    }
}
