package org.stagedpipe.transport;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.transport.CallException.Kind;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;

import javax.net.ssl.SSLSession;

/// A stream on a server as a [Call].
final class ServerSide<I, O> implements Call<O> {

    private static final Logger LOG = LoggerFactory.getLogger(ServerSide.class);

    private final ServerCall<I, O> call;
    private final AtomicBoolean closed = new AtomicBoolean();
    private boolean headersSent;
    private @Nullable CallException unsent; // guarded by this: why a message did not go out
    private boolean mayBeOpen; // guarded by this: gRPC threw as it closed the call

    private ServerSide(ServerCall<I, O> call) {
        this.call = call;
    }

    static <I, O> ServerCallHandler<I, O> handler(CallHandler<I, O> handler) {
        return (call, headers) -> {
            ServerSide<I, O> side = new ServerSide<>(call);
            return side.open(handler);
        };
    }

    private ServerCall.Listener<I> open(CallHandler<I, O> handler) {
        try {
            return listener(handler.open(this));
        } catch (RuntimeException e) {
            threw(e);
            return new ServerCall.Listener<>() {};
        }
    }

    private ServerCall.Listener<I> listener(Receiver<I> receiver) {
        return new ServerCall.Listener<>() {
            @Override
            public void onMessage(I message) {
                guarded(() -> receiver.onMessage(message));
            }

            @Override
            public void onHalfClose() {
                guarded(receiver::onComplete);
            }

            @Override
            public void onReady() {
                guarded(receiver::onReady);
            }

            @Override
            public void onComplete() {
                CallException why = unsent();
                if (why != null) {
                    guarded(() -> receiver.onFailure(why));
                }
            }

            @Override
            public void onCancel() {
                closed.set(true);
                CallException own = unsent();
                CallException why =
                        own == null ? new CallException(Kind.CANCELLED, "the caller is gone") : own;
                guarded(() -> receiver.onFailure(why));
            }
        };
    }

    /// A bug in a handler ends its own call, not the connection that it shares with others.
    private void guarded(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException e) {
            threw(e);
        }
    }

    private void threw(RuntimeException e) {
        LOG.error("{}: a handler threw", call.getMethodDescriptor().getFullMethodName(), e);
        fail(new CallException(Kind.INTERNAL, "internal error: " + e));
    }

    @Override
    public boolean isReady() {
        return call.isReady();
    }

    @Override
    public synchronized void send(O message) {
        if (closed.get() || call.isCancelled()) {
            return;
        }
        if (unsent != null) {
            end(unsent); // which failed too, when that message was to go out
            return;
        }
        try {
            sendHeadersOnce();
            call.sendMessage(message);
        } catch (RuntimeException | Error e) {
            // Whoever sends to several goes on with the others: short of direct memory, say, one
            // call ends, not the lead.
            LOG.error("{}: not sent", call.getMethodDescriptor().getFullMethodName(), e);
            unsent = new CallException(Kind.INTERNAL, "internal error: " + e);
            mayBeOpen = e instanceof Error; // after which gRPC closes the call before it throws
            end(unsent);
        }
    }

    private void end(CallException why) {
        try {
            fail(why);
        } catch (RuntimeException | Error e) {
            LOG.error("{}: stays open", call.getMethodDescriptor().getFullMethodName(), e);
        }
    }

    private synchronized @Nullable CallException unsent() {
        return unsent;
    }

    @Override
    public synchronized void complete() {
        if (unsent != null) {
            fail(unsent);
            return;
        }
        close(() -> {
            sendHeadersOnce();
            call.close(Status.OK, new Metadata());
        });
    }

    @Override
    public synchronized void fail(CallException why) {
        close(() -> call.close(Statuses.of(why), Statuses.said()));
    }

    private void close(Runnable closing) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            closeOrReset(closing);
        } catch (RuntimeException | Error e) {
            closed.set(false); // the next attempt may have the memory for it
            mayBeOpen = true;
            throw e;
        }
    }

    private void closeOrReset(Runnable closing) {
        try {
            closing.run();
        } catch (IllegalStateException e) {
            if (mayBeOpen) {
                reset();
            } else {
                LOG.debug("gRPC has ended it: {}", e.getMessage());
            }
        }
    }

    private void reset() {
        LOG.error("{}: may be open, is reset", call.getMethodDescriptor().getFullMethodName());
        reset(call);
    }

    /// Resets the stream of a call, also of one that is closed and not gone: gRPC refuses to close it again. To ask for no messages
    /// is a mistake for which it does so all the same, and tells the receiver: not here, where the caller may hold locks.
    static void reset(ServerCall<?, ?> call) {
        Thread.ofVirtual().name("call-reset").start(() -> call.request(0));
    }

    @Override
    public Peer peer() {
        return peer(call);
    }

    /// Who calls.
    static Peer peer(ServerCall<?, ?> call) {
        SocketAddress remote = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        String address =
                remote instanceof InetSocketAddress internet
                        ? internet.getAddress().getHostAddress() + ":" + internet.getPort()
                        : "";
        SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        return new Peer(Authorization.names(session), address);
    }

    @Override
    public void request(int messages) {
        call.request(messages);
    }

    private void sendHeadersOnce() {
        if (!headersSent) {
            headersSent = true;
            call.sendHeaders(new Metadata());
        }
    }
}
