package org.stagedpipe.transport;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;

/// A call that others than its handler may end, from any thread: the handler hears that the caller is gone, and what it says
/// after that goes nowhere.
final class Endable<I, O> extends SimpleForwardingServerCall<I, O> {

    private volatile boolean isEnded; // these are written under this, as is what goes out
    private volatile boolean isClosed;

    Endable(ServerCall<I, O> call) {
        super(call);
    }

    boolean isEnded() {
        return isEnded;
    }

    /// Whether its last word is said, though it may not have left.
    boolean isOver() {
        return isEnded || isClosed;
    }

    synchronized void end(CallException why) {
        if (!isEnded && !isClosed) {
            isEnded = true;
            super.close(Statuses.of(why), Statuses.said());
        }
    }

    @Override
    public synchronized void sendHeaders(Metadata headers) {
        if (!isEnded) {
            super.sendHeaders(headers);
        }
    }

    @Override
    public synchronized void sendMessage(O message) {
        if (!isEnded) {
            super.sendMessage(message);
        }
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
        if (!isEnded) {
            super.close(status, trailers);
            isClosed = true;
        }
    }

    ServerCall.Listener<I> listener(ServerCall.Listener<I> handler) {
        return new SimpleForwardingServerCallListener<>(handler) {
            @Override
            public void onMessage(I message) {
                if (!isEnded) {
                    super.onMessage(message);
                }
            }

            @Override
            public void onHalfClose() {
                if (!isEnded) {
                    super.onHalfClose();
                }
            }

            @Override
            public void onComplete() {
                if (isEnded) {
                    super.onCancel();
                } else {
                    super.onComplete();
                }
            }
        };
    }
}
