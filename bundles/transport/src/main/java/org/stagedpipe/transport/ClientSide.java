package org.stagedpipe.transport;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.transport.CallException.Kind;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// A stream on a client as a [Call].
final class ClientSide<I, O> implements Call<I> {

    private static final Logger LOG = LoggerFactory.getLogger(ClientSide.class);

    private final String name;
    private final Endpoint peer;
    private final ClientCall<I, O> call;
    private final Consumer<CallException> failed;
    private final AtomicBoolean closed = new AtomicBoolean();
    private boolean halfClosed;
    private final boolean sendsOneMessage;
    private volatile @Nullable CallException givenUp;

    /// @param failed told first what ended the call, but for what this side ended it with
    ClientSide(
            Rpc<I, O> rpc, Endpoint peer, ClientCall<I, O> call, Consumer<CallException> failed) {
        this.name = rpc.toString();
        this.sendsOneMessage = rpc.method().getType().clientSendsOneMessage();
        this.peer = peer;
        this.call = call;
        this.failed = failed;
    }

    void start(Receiver<O> receiver) {
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(O message) {
                        guarded(() -> receiver.onMessage(message));
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        closed.set(true);
                        CallException own = givenUp;
                        if (status.isOk()) {
                            guarded(receiver::onComplete);
                        } else if (own != null && status.getCode() == Status.Code.CANCELLED) {
                            guarded(() -> receiver.onFailure(own));
                        } else {
                            CallException why = Statuses.exception(status, trailers, peer);
                            failed.accept(why);
                            guarded(() -> receiver.onFailure(why));
                        }
                    }

                    @Override
                    public void onReady() {
                        guarded(receiver::onReady);
                    }
                },
                new Metadata());
    }

    /// A bug in a receiver ends its own call, not the connection that it shares with others. So does a lack of memory: gRPC would
    /// end the call as one that was cancelled.
    private void guarded(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException | Error e) {
            LOG.error("{}: a receiver threw", name, e);
            fail(new CallException(Kind.INTERNAL, "internal error: " + e));
        }
    }

    @Override
    public boolean isReady() {
        // ClientCall.isReady: such calls hear nothing when the transport becomes ready, so nobody
        // may wait for it.
        return sendsOneMessage || call.isReady();
    }

    @Override
    public synchronized void send(I message) {
        if (!closed.get() && !halfClosed) {
            call.sendMessage(message);
        }
    }

    @Override
    public synchronized void complete() {
        if (!closed.get() && !halfClosed) {
            halfClosed = true;
            call.halfClose();
        }
    }

    @Override
    public synchronized void fail(CallException why) {
        closed.set(true);
        if (givenUp == null) {
            givenUp = why;
        }
        call.cancel(why.getMessage(), why);
    }

    @Override
    public void request(int messages) {
        call.request(messages);
    }
}
