package org.stagedpipe.transport;

import io.grpc.CallOptions;
import io.grpc.ConnectivityState;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.stub.ClientCalls;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A connection to one server; it connects at the first call, and again after a loss. Safe for use by many threads.
///
/// A peer that is silent for [#KEEPALIVE] is asked whether it lives; one that does not answer within
/// [#KEEPALIVE_TIMEOUT] is lost, and all calls to it fail as unreachable.
public final class Connection implements AutoCloseable {

    private static final Duration KEEPALIVE = Duration.ofSeconds(10);
    private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(5);

    private final Endpoint peer;
    private final ManagedChannel channel;

    private Connection(Endpoint peer, ManagedChannel channel) {
        this.peer = peer;
        this.channel = channel;
    }

    /// To that server. Nothing is sent yet.
    ///
    /// @throws IllegalArgumentException if the TLS files cannot be used
    public static Connection to(Endpoint peer, Security security) {
        return to(peer, security, StreamWindows.wide());
    }

    /// The same, with what streams may hold in direct memory until they are read.
    ///
    /// @throws IllegalArgumentException if the TLS files cannot be used
    public static Connection to(Endpoint peer, Security security, StreamWindows windows) {
        ManagedChannel channel =
                NettyChannelBuilder.forAddress(
                                peer.host(), peer.port(), windows.widen(security.channel()))
                        .directExecutor()
                        .withOption(ChannelOption.ALLOCATOR, Buffers.POOL)
                        .keepAliveTime(KEEPALIVE.toMillis(), TimeUnit.MILLISECONDS)
                        .keepAliveTimeout(KEEPALIVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                        .flowControlWindow(windows.each())
                        .maxInboundMessageSize(Rpcs.MAX_MESSAGE_BYTES)
                        .disableRetry()
                        .build();
        return new Connection(peer, channel);
    }

    /// Where it goes.
    public Endpoint peer() {
        return peer;
    }

    /// A unary call; waits for the answer.
    ///
    /// @throws CallException if it fails, or the timeout passes
    public <I, O> O call(Rpc<I, O> rpc, I request, Duration timeout)
            throws CallException, InterruptedException {
        forgetLoss();
        try {
            return ClientCalls.blockingV2UnaryCall(channel, rpc.method(), within(timeout), request);
        } catch (StatusException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException(rpc + ": interrupted");
            }
            Metadata trailers = e.getTrailers();
            throw Statuses.exception(
                    e.getStatus(), trailers == null ? new Metadata() : trailers, peer);
        }
    }

    /// A call that a stream of answers answers; waits for the last one.
    ///
    /// @param timeout for all of them
    /// @throws CallException if it fails, or the timeout passes
    public <I, O> List<O> list(Rpc<I, O> rpc, I request, Duration timeout)
            throws CallException, InterruptedException {
        try (Exchange<I, O> exchange = exchange(rpc, timeout)) {
            exchange.begin(request);
            exchange.complete();
            List<O> all = new ArrayList<>();
            for (O next = exchange.next(); next != null; next = exchange.next()) {
                all.add(next);
            }
            return all;
        }
    }

    /// A stream. Nothing comes before it is asked for with [Call#request].
    public <I, O> Call<I> open(Rpc<I, O> rpc, Receiver<O> receiver) {
        return start(rpc, CallOptions.DEFAULT, receiver);
    }

    /// A stream for threads that may block.
    ///
    /// @param timeout for the whole conversation, null for none
    public <I, O> Exchange<I, O> exchange(Rpc<I, O> rpc, @Nullable Duration timeout) {
        Exchange<I, O> exchange = new Exchange<>(true);
        exchange.attach(
                start(rpc, timeout == null ? CallOptions.DEFAULT : within(timeout), exchange));
        return exchange;
    }

    /// Ends all calls and closes.
    @Override
    public void close() {
        channel.shutdownNow();
    }

    private <I, O> Call<I> start(Rpc<I, O> rpc, CallOptions options, Receiver<O> receiver) {
        forgetLoss();
        // Or gRPC would cancel this call with the one in whose callback it is opened.
        Context caller = Context.ROOT.attach();
        try {
            ClientSide<I, O> side =
                    new ClientSide<>(rpc, peer, channel.newCall(rpc.method(), options));
            side.start(receiver);
            return side;
        } finally {
            Context.ROOT.detach(caller);
        }
    }

    /// After a failed attempt gRPC refuses calls without trying, for up to two minutes; here each call tries.
    private void forgetLoss() {
        if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            channel.enterIdle();
        }
    }

    private static CallOptions within(Duration timeout) {
        return CallOptions.DEFAULT.withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }
}
