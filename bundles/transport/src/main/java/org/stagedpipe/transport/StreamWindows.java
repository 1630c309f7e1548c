package org.stagedpipe.transport;

import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.grpc.netty.InternalNettyChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Connection;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2LocalFlowController;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;
import io.grpc.netty.shaded.io.netty.util.AsciiString;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/// What streams may send before they are read: each a little, and those that come first more, as long as that lasts. Safe for
/// use by many threads.
///
/// With a window of 64 KiB the receiver has to say "go on" eight times for a chunk of 256 KiB. That is what all streams of a
/// busy node can have; few streams can have more. HTTP/2 and gRPC know one window for all streams of a connection, so single
/// streams are widened as they begin, in Netty's flow controller.
///
/// The window that a connection has besides bounds no memory, as gRPC gives back at once what it receives, but how much comes on all
/// streams together in the time that a word takes there and back. It is widened too.
public final class StreamWindows {

    private static final int CONNECTION_BYTES = 16 << 20;

    private final int each;
    private final AtomicLong left;

    /// @param each bytes of every stream
    /// @param more bytes beyond that, of all streams together
    public StreamWindows(int each, long more) {
        this.each = each;
        this.left = new AtomicLong(more);
    }

    /// Where nobody counts: each has all that helps.
    static StreamWindows wide() {
        return new StreamWindows(Buffers.STREAM_WINDOW_BYTES, 0);
    }

    /// Bytes of every stream.
    int each() {
        return each;
    }

    /// Bytes that streams can still get beyond those.
    long left() {
        return left.get();
    }

    ServerCredentials widen(ServerCredentials credentials) {
        InternalProtocolNegotiator.ServerFactory factory =
                InternalNettyServerCredentials.toNegotiator(credentials);
        InternalProtocolNegotiator.ServerFactory wide =
                pool -> new Negotiator(factory.newNegotiator(pool));
        return InternalNettyServerCredentials.create(wide);
    }

    ChannelCredentials widen(ChannelCredentials credentials) {
        InternalProtocolNegotiator.ClientFactory factory =
                InternalNettyChannelCredentials.toNegotiator(credentials);
        return InternalNettyChannelCredentials.create(new WideChannel(factory));
    }

    private int take() {
        int more = Buffers.STREAM_WINDOW_BYTES - each;
        if (more <= 0) {
            return 0;
        }
        if (left.addAndGet(-more) < 0) {
            left.addAndGet(more);
            return 0;
        }
        return more;
    }

    private final class WideChannel implements InternalProtocolNegotiator.ClientFactory {

        private final InternalProtocolNegotiator.ClientFactory factory;

        WideChannel(InternalProtocolNegotiator.ClientFactory factory) {
            this.factory = factory;
        }

        @Override
        public InternalProtocolNegotiator.ProtocolNegotiator newNegotiator() {
            return new Negotiator(factory.newNegotiator());
        }

        @Override
        public int getDefaultPort() {
            return factory.getDefaultPort();
        }
    }

    /// Does what another one does, once it knows the thread of the connection.
    private final class Negotiator implements InternalProtocolNegotiator.ProtocolNegotiator {

        private final InternalProtocolNegotiator.ProtocolNegotiator negotiator;

        Negotiator(InternalProtocolNegotiator.ProtocolNegotiator negotiator) {
            this.negotiator = negotiator;
        }

        @Override
        public AsciiString scheme() {
            return negotiator.scheme();
        }

        @Override
        public ChannelHandler newHandler(GrpcHttp2ConnectionHandler handler) {
            return new ChannelHandlerAdapter() {
                @Override
                public void handlerAdded(ChannelHandlerContext context) {
                    Http2Connection connection = handler.connection();
                    connection.addListener(new Widening(connection, context.executor()));
                    context.pipeline().replace(this, null, negotiator.newHandler(handler));
                }
            };
        }

        @Override
        public void close() {
            negotiator.close();
        }
    }

    /// Of one connection, on its thread.
    private final class Widening extends Http2ConnectionAdapter {

        private final Http2Connection connection;
        private final Http2Connection.PropertyKey taken;
        private final Executor thread;
        private boolean begun;

        Widening(Http2Connection connection, Executor thread) {
            this.connection = connection;
            this.taken = connection.newKey();
            this.thread = thread;
        }

        @Override
        public void onStreamActive(Http2Stream stream) {
            int more = take();
            if (more > 0) {
                stream.setProperty(taken, more);
            }
            if (more > 0 || !begun) {
                thread.execute(() -> widen(stream)); // a caller's headers go first
            }
        }

        @Override
        public void onStreamClosed(Http2Stream stream) {
            Integer more = stream.removeProperty(taken);
            if (more != null) {
                left.addAndGet(more);
            }
        }

        private void widen(Http2Stream stream) {
            Integer more = stream.getProperty(taken); // null if it has ended
            try {
                Http2LocalFlowController window = connection.local().flowController();
                if (!begun) {
                    begun = true;
                    int now = window.windowSize(connection.connectionStream());
                    window.incrementWindowSize(
                            connection.connectionStream(), CONNECTION_BYTES - now);
                }
                if (more != null) {
                    window.incrementWindowSize(stream, more);
                }
            } catch (Http2Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
