package org.stagedpipe.transport;

import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/// A port that answers calls, with the standard health and reflection services. Close ends it.
///
/// Streams are answered on the transport's threads; unary calls and exchanges on virtual threads owned by this server.
public final class Server implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final int MAX_METADATA_BYTES = 16 << 10;

    /// A caller that vanished without a word is noticed after these two, and its calls are cancelled.
    private static final Duration KEEPALIVE = Duration.ofSeconds(10);

    private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(5);

    /// Of the window in which the resets of a connection are counted.
    private static final int RESETS_SECONDS = 30;

    private static final Duration FASTEST_KEEPALIVE = Duration.ofSeconds(1);

    private final io.grpc.Server server;
    private final HealthStatusManager health;
    private final ExecutorService handlers;
    private final Endpoint endpoint;
    private final Arrivals arrivals;
    private final Runnable unwatch;

    private Server(
            io.grpc.Server server,
            HealthStatusManager health,
            ExecutorService handlers,
            Endpoint endpoint,
            Arrivals arrivals,
            Runnable unwatch) {
        this.server = server;
        this.health = health;
        this.handlers = handlers;
        this.endpoint = endpoint;
        this.arrivals = arrivals;
        this.unwatch = unwatch;
    }

    /// What a server answers, collected before it starts. Of a service all procedures or none.
    public static final class Builder {

        private final Endpoint listen;
        private final Security security;
        private final ExecutorService handlers;
        private final Map<String, ServerServiceDefinition.Builder> services = new TreeMap<>();
        private StreamWindows windows = StreamWindows.wide();
        private int calls; // of a connection; 0: half of all
        private int resets; // of a connection; 0: as many as come
        private int share = 80; // percent
        private int messageBytes = Rpcs.MAX_MESSAGE_BYTES;
        private Duration firstMessage = Duration.ofSeconds(10);

        private Builder(Endpoint listen, Security security) {
            this.listen = listen;
            this.security = security;
            this.handlers =
                    Executors.newThreadPerTaskExecutor(
                            Thread.ofVirtual().name("call-" + listen.port() + "-", 0).factory());
        }

        /// How many bytes callers may send on streams that this side does not read; they wait in direct memory.
        public Builder streamWindows(StreamWindows some) {
            windows = some;
            return this;
        }

        /// How many calls a connection may have at once; more wait at their caller. By default half of what the server takes in
        /// all, see [Arrivals].
        public Builder maxCalls(int some) {
            calls = some;
            return this;
        }

        /// How many of its calls a connection may reset within 30 s; one that resets more ends. By default as many as come.
        public Builder maxResets(int some) {
            resets = some;
            return this;
        }

        /// How much of the calls that the server takes in all those may have whose certificates say the same name; one more ends
        /// as BUSY. In percent, by default 80. Without TLS nobody has a name, and all callers have them all.
        public Builder share(int percent) {
            share = percent;
            return this;
        }

        /// How large a message may be; a larger one ends its call as INVALID, once that much of it has come. By default 4 MiB.
        public Builder maxMessageBytes(int some) {
            messageBytes = some;
            return this;
        }

        /// How long a call has until its first message is whole, then it ends as TIMED_OUT. By default 10 s.
        public Builder firstMessage(Duration some) {
            firstMessage = some;
            return this;
        }

        /// Answers unary calls, each on a virtual thread of its own.
        public <I, O> Builder unary(Rpc<I, O> rpc, UnaryHandler<I, O> handler) {
            return exchange(rpc, exchange -> exchange.send(handler.answer(request(rpc, exchange))));
        }

        /// Answers calls with a list, in a message for each that is in it, each on a virtual thread of its own.
        public <I, O> Builder list(Rpc<I, O> rpc, UnaryHandler<I, List<O>> handler) {
            return exchange(
                    rpc,
                    exchange -> {
                        for (O answer : handler.answer(request(rpc, exchange))) {
                            exchange.send(answer);
                        }
                    });
        }

        private static <I, O> I request(Rpc<I, O> rpc, Exchange<O, I> exchange)
                throws CallException, InterruptedException {
            I request = exchange.next();
            if (request == null) {
                throw new CallException(Kind.INVALID, rpc + ": no request (expected: one)");
            }
            return request;
        }

        /// Answers streams, each on a virtual thread of its own.
        public <I, O> Builder exchange(Rpc<I, O> rpc, ExchangeHandler<I, O> handler) {
            return stream(
                    rpc,
                    call -> {
                        Exchange<O, I> exchange = new Exchange<>(false);
                        exchange.attach(call);
                        try {
                            handlers.execute(() -> converse(rpc, call, exchange, handler));
                        } catch (RejectedExecutionException e) {
                            call.fail(new CallException(Kind.UNREACHABLE, "the node stops"));
                        }
                        return exchange;
                    });
        }

        /// Answers streams on the transport's threads.
        public <I, O> Builder stream(Rpc<I, O> rpc, CallHandler<I, O> handler) {
            ServerCallHandler<I, O> answering = ServerSide.handler(handler);
            service(rpc.service()).addMethod(rpc.method(), answering);
            return this;
        }

        /// Listens.
        ///
        /// @throws CallException if the port is in use, or the address needs TLS that is not there
        public Server start() throws CallException {
            security.check(listen);
            HealthStatusManager health = new HealthStatusManager();
            Arrivals.Bounds bounds =
                    Arrivals.Bounds.within(Buffers.limitBytes(), share, messageBytes, firstMessage);
            Arrivals arrivals = new Arrivals(bounds);
            NettyServerBuilder builder =
                    builder()
                            .directExecutor()
                            .withOption(ChannelOption.ALLOCATOR, Buffers.POOL)
                            .withChildOption(ChannelOption.ALLOCATOR, Buffers.POOL)
                            .keepAliveTime(KEEPALIVE.toMillis(), TimeUnit.MILLISECONDS)
                            .keepAliveTimeout(KEEPALIVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                            .maxInboundMetadataSize(MAX_METADATA_BYTES)
                            .flowControlWindow(windows.each())
                            .maxConcurrentCallsPerConnection(calls > 0 ? calls : bounds.calls() / 2)
                            .maxInboundMessageSize(Integer.MAX_VALUE) // Arrivals has the bound
                            .permitKeepAliveTime(
                                    FASTEST_KEEPALIVE.toMillis(), TimeUnit.MILLISECONDS)
                            .permitKeepAliveWithoutCalls(true)
                            .addStreamTracerFactory(arrivals)
                            .intercept(arrivals)
                            .addService(health.getHealthService())
                            .addService(ProtoReflectionServiceV1.newInstance());
            services.values().forEach(service -> builder.addService(service.build()));
            if (resets > 0) {
                builder.maxRstFramesPerWindow(resets, RESETS_SECONDS);
            }
            if (security.isMutual()) {
                builder.intercept(new Authorization()); // runs first, as it came last
            }
            try {
                io.grpc.Server server = builder.build().start();
                arrivals.open();
                return new Server(
                        server,
                        health,
                        handlers,
                        new Endpoint(listen.host(), server.getPort()),
                        arrivals,
                        security.watch());
            } catch (IOException e) {
                handlers.close();
                throw new CallException(Kind.BUSY, cannotListen(e), e);
            }
        }

        private NettyServerBuilder builder() throws CallException {
            InetSocketAddress address = new InetSocketAddress(listen.host(), listen.port());
            if (address.isUnresolved()) {
                throw new CallException(
                        Kind.INVALID, "cannot listen on " + listen + ": the host has no address");
            }
            return NettyServerBuilder.forAddress(address, windows.widen(security.server()));
        }

        private String cannotListen(IOException e) {
            Throwable reason = e.getCause() == null ? e : e.getCause();
            return String.valueOf(reason.getMessage()).contains("Address already in use")
                    ? "port "
                            + listen.port()
                            + " on "
                            + listen.host()
                            + " is in use (expected: a free port, or 0 for any)"
                    : "cannot listen on " + listen + ": " + reason.getMessage();
        }

        private ServerServiceDefinition.Builder service(ServiceDescriptor service) {
            return services.computeIfAbsent(
                    service.getName(), name -> ServerServiceDefinition.builder(service));
        }

        private static <I, O> void converse(
                Rpc<I, O> rpc,
                Call<O> call,
                Exchange<O, I> exchange,
                ExchangeHandler<I, O> handler) {
            try {
                handler.converse(exchange);
                call.complete();
            } catch (CallException e) {
                call.fail(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                call.fail(new CallException(Kind.UNREACHABLE, "the node stops"));
            } catch (Throwable e) {
                // An Error too: a class that is missing must not leave the caller waiting for ever.
                LOG.error("{}: a handler threw", rpc, e);
                call.fail(new CallException(Kind.INTERNAL, "internal error: " + e));
            } finally {
                exchange.close(); // wakes whoever else uses it
            }
        }
    }

    /// A server for that address; port 0 takes any free one.
    public static Builder at(Endpoint listen, Security security) {
        return new Builder(listen, security);
    }

    /// Where it listens, with the real port.
    public Endpoint endpoint() {
        return endpoint;
    }

    /// What the health service answers from now on: whether new work is welcome.
    public void serving(boolean serving) {
        health.setStatus(
                HealthStatusManager.SERVICE_NAME_ALL_SERVICES,
                serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
    }

    /// Takes no new calls and waits for the open ones, at most that long, then ends them.
    public void close(Duration grace) {
        health.enterTerminalState();
        server.shutdown();
        try {
            if (!server.awaitTermination(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                server.shutdownNow();
                server.awaitTermination(1, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        handlers.shutdownNow();
        arrivals.close();
        unwatch.run();
    }

    /// Ends all calls at once.
    @Override
    public void close() {
        close(Duration.ZERO);
    }
}
