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
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// A connection to one server; it connects at the first call, and again after a loss. Safe for use by many threads.
///
/// A peer that is silent for [#KEEPALIVE] is asked whether it lives; one that does not answer within
/// [#KEEPALIVE_TIMEOUT] is lost, and all calls to it fail as unreachable.
///
/// After a bug gRPC may drop all calls of a channel, for ever. So after one that gRPC itself ended as INTERNAL, or threw at
/// as it began, the next one takes a new channel; those under way end on the old one.
public final class Connection implements AutoCloseable {

    private static final Duration KEEPALIVE = Duration.ofSeconds(10);
    private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(5);

    private final Endpoint peer;
    private final Supplier<ManagedChannel> channels;
    private final Runnable unwatch;
    private final List<ManagedChannel> left = new ArrayList<>(); // guarded by this, as all below
    private ManagedChannel channel;
    private boolean broken;
    private boolean closed;

    Connection(Endpoint peer, Supplier<ManagedChannel> channels, Security security) {
        this.peer = peer;
        this.channels = channels;
        this.channel = channels.get();
        this.unwatch = security.watch(); // nobody, if the files cannot be used
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
        return new Connection(
                peer,
                () ->
                        NettyChannelBuilder.forAddress(
                                        peer.host(), peer.port(), windows.widen(security.channel()))
                                .directExecutor()
                                .withOption(ChannelOption.ALLOCATOR, Buffers.POOL)
                                .keepAliveTime(KEEPALIVE.toMillis(), TimeUnit.MILLISECONDS)
                                .keepAliveTimeout(
                                        KEEPALIVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                                .flowControlWindow(windows.each())
                                .maxInboundMessageSize(Rpcs.MAX_MESSAGE_BYTES)
                                .disableRetry()
                                .build(),
                security);
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
        ManagedChannel used = channel();
        try {
            return ClientCalls.blockingV2UnaryCall(used, rpc.method(), within(timeout), request);
        } catch (StatusException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException(rpc + ": interrupted");
            }
            Metadata trailers = e.getTrailers();
            CallException why =
                    Statuses.exception(
                            e.getStatus(), trailers == null ? new Metadata() : trailers, peer);
            leaveAfter(why, used);
            throw why;
        } catch (RuntimeException | Error e) {
            leave(used);
            throw e;
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
        List<ManagedChannel> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(left);
            all.add(channel);
        }
        all.forEach(ManagedChannel::shutdownNow);
        unwatch.run();
    }

    private <I, O> Call<I> start(Rpc<I, O> rpc, CallOptions options, Receiver<O> receiver) {
        ManagedChannel used = channel();
        // Or gRPC would cancel this call with the one in whose callback it is opened.
        Context caller = Context.ROOT.attach();
        try {
            ClientSide<I, O> side =
                    new ClientSide<>(
                            rpc,
                            peer,
                            used.newCall(rpc.method(), options),
                            why -> leaveAfter(why, used));
            side.start(receiver);
            return side;
        } catch (RuntimeException | Error e) {
            leave(used);
            throw e;
        } finally {
            Context.ROOT.detach(caller);
        }
    }

    /// For the next call.
    private ManagedChannel channel() {
        replaced().ifPresent(ManagedChannel::shutdown); // without the lock: it may call receivers
        ManagedChannel now;
        synchronized (this) {
            now = channel;
        }
        // After a failed attempt gRPC refuses calls without trying, for up to two minutes; here
        // each call tries.
        if (now.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            now.enterIdle();
        }
        return now;
    }

    /// @return the channel that was left before the one that a new one has taken the place of: with that one another thread
    ///     may be about to begin a call
    private synchronized Optional<ManagedChannel> replaced() {
        if (!broken || closed) {
            return Optional.empty();
        }
        ManagedChannel before = channel;
        channel = channels.get();
        broken = false;
        left.removeIf(ManagedChannel::isTerminated);
        Optional<ManagedChannel> last =
                left.isEmpty() ? Optional.empty() : Optional.of(left.getLast());
        left.add(before);
        return last;
    }

    private void leaveAfter(CallException why, ManagedChannel used) {
        if (why.kind() == CallException.Kind.INTERNAL && !why.isAnswer()) {
            leave(used);
        }
    }

    private synchronized void leave(ManagedChannel used) {
        broken |= used == channel;
    }

    private static CallOptions within(Duration timeout) {
        return CallOptions.DEFAULT.withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }
}
