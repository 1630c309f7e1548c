package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.KnownLength;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// What callers may leave unfinished. They are real channels whose messages stop before their ends.
@Timeout(120)
final class ArrivalsTest {

    private static final int MIB = 1 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final byte[] WHOLE =
            ServerReflectionRequest.newBuilder().setListServices("").build().toByteArray();

    private final CountDownLatch over = new CountDownLatch(1);
    private final List<AutoCloseable> closing = new ArrayList<>();
    private @Nullable Arrivals arrivals;

    @AfterEach
    void close() throws Exception {
        over.countDown();
        for (AutoCloseable one : closing.reversed()) {
            one.close();
        }
    }

    @Test
    void endsACallWhoseFirstMessageDoesNotBecomeWhole() throws Exception {
        try (Server server =
                Server.at(Servers.ANY, Security.loopbackOnly())
                        .firstMessage(Duration.ofMillis(200))
                        .start()) {
            server.serving(true);
            ManagedChannel channel = channel(server.endpoint().port());

            for (Status status : List.of(ended(channel, call(channel, 0)), silent(channel))) {
                assertEquals(Status.Code.DEADLINE_EXCEEDED, status.getCode());
                assertEquals(
                        "no whole message within 200 ms (expected: the first one)",
                        status.getDescription());
            }
        }
    }

    @Test
    void letsACallBeSilentAfterItsFirstMessage() throws Exception {
        ManagedChannel channel =
                channel(serve(new Arrivals.Bounds(10, 80, MIB, 4 * MIB, Duration.ofMillis(500))));
        Caller patient = new Caller(channel, WHOLE);
        while (!patient.isAnswered()) {
            if (patient.status.isDone()) { // a machine that is busy sent it too late
                patient = new Caller(channel, WHOLE);
            }
            Thread.onSpinWait();
        }
        silent(channel);
        silent(channel);

        assertTrue(!patient.status.isDone(), "two that began later are over");
    }

    @Test
    void endsTheCallThatHoldsMost() throws Exception {
        ManagedChannel channel =
                channel(serve(new Arrivals.Bounds(10, 80, 3 * MIB, 4 * MIB, LONG)));
        Caller small = call(channel, MIB + 1);
        Caller large = call(channel, 4 * MIB);

        Status status = ended(channel, large);

        assertEquals(Status.Code.RESOURCE_EXHAUSTED, status.getCode());
        assertTrue(
                String.valueOf(status.getDescription())
                        .endsWith(
                                " bytes of a message that is not whole (expected: at most 3145728"
                                        + " of all calls)"),
                status.getDescription());
        assertTrue(!small.status.isDone(), "it is the smaller one");
    }

    @Test
    void takesTheCallsOf5000WorkersAnd100CoordinatorsIn256Mib() {
        Arrivals.Bounds bounds = Arrivals.Bounds.within(256L * MIB, 80, 4 * MIB, LONG);
        assertTrue(bounds.calls() > 5_100, bounds::toString);
    }

    @Test
    void countsLaterMessagesToo() throws Exception {
        ManagedChannel channel = channel(serve(new Arrivals.Bounds(10, 80, MIB, 4 * MIB, LONG)));
        Caller caller = new Caller(channel, WHOLE);
        caller.send(4 * MIB);

        assertEquals(Status.Code.RESOURCE_EXHAUSTED, ended(channel, caller).getCode());
    }

    @Test
    void givesBackWhatACallHeldThatIsOver() throws Exception {
        ManagedChannel channel =
                channel(serve(new Arrivals.Bounds(10, 80, 2 * MIB, 4 * MIB, LONG)));
        Caller caller = call(channel, MIB + MIB / 2);
        until(channel, () -> held() >= MIB / 2);
        caller.call.cancel("enough", null);
        until(channel, () -> held() == 0);
    }

    /// Callers whose windows have no room for any answer: what is said to them stays here, and so do they.
    @Test
    void resetsWhatTakesNoLastWord() throws Exception {
        int port = serve(new Arrivals.Bounds(100, 80, MIB, 4 * MIB, LONG));
        ManagedChannel channel = channel(to(port, Security.loopbackOnly()).flowControlWindow(1));
        List<Caller> deaf = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            deaf.add(deaf(channel));
        }
        until(channel, () -> open() >= 5);
        deaf.forEach(caller -> caller.send(4 * MIB));

        until(channel, () -> open() <= 2);
    }

    @Test
    void resetsWhatTakesNoLastWordAfterAWhile() throws Exception {
        int port =
                serve(
                        new Arrivals.Bounds(
                                100, 80, 4 * MIB + MIB / 2, 4 * MIB, Duration.ofSeconds(4)));
        ManagedChannel channel = channel(to(port, Security.loopbackOnly()).flowControlWindow(1));
        ManagedChannel other = channel(port);
        Caller rest = new Caller(other, WHOLE);
        rest.send(2 * MIB);
        until(other, () -> held() > MIB);
        Caller deaf = deaf(channel);
        deaf.send(3 * MIB + MIB / 2); // it is ended, and holds less than the bound
        until(channel, () -> held() > 4 * MIB);
        until(other, () -> held() <= 2 * MIB);

        deaf.call.request(10);
        assertEquals(Status.Code.CANCELLED, ended(other, deaf).getCode());
        assertTrue(!rest.status.isDone());
    }

    @Test
    void saysThatAMessageIsTooLarge() throws Exception {
        ManagedChannel channel = channel(serve(new Arrivals.Bounds(10, 80, 64 * MIB, MIB, LONG)));
        Caller first = new Caller(channel);
        first.send(64 * MIB);
        Caller later = new Caller(channel, WHOLE);
        later.send(4 * MIB);
        Caller packed = new Caller(channel, CallOptions.DEFAULT.withCompression("gzip"));
        packed.call.setMessageCompression(true);
        packed.call.sendMessage(
                ServerReflectionRequest.newBuilder()
                        .setHost("x".repeat(16 * MIB))
                        .build()
                        .toByteString()
                        .newInput());

        for (Caller caller : List.of(first, later, packed)) {
            Status status = ended(channel, caller);
            assertEquals(Status.Code.INVALID_ARGUMENT, status.getCode(), status::toString);
            assertEquals(
                    "a message of more than 1048576 bytes (expected: at most that many)",
                    status.getDescription());
        }
    }

    @Test
    void takesAMessageOfTheLargestSize() throws Exception {
        int port = serve(new Arrivals.Bounds(10, 80, 64 * MIB, WHOLE.length, LONG));
        Caller caller = new Caller(channel(port), WHOLE);
        Until.holds("it is answered", caller::isAnswered);
    }

    /// What it was told waits here, behind answers for which it has no room.
    @Test
    void resetsWhoGoesOnWithAMessageThatIsTooLarge() throws Exception {
        int port = serve(new Arrivals.Bounds(10, 80, 64 * MIB, MIB, LONG));
        ManagedChannel channel = channel(to(port, Security.loopbackOnly()).flowControlWindow(1));
        Caller deaf = deaf(channel);
        flush(channel); // so its call has come
        deaf.send(64 * MIB);

        until(channel, () -> open() == 0);
        deaf.call.request(10);
        assertEquals(Status.Code.CANCELLED, ended(channel, deaf).getCode());
    }

    @Test
    void refusesMoreCallsThanItTakes() throws Exception {
        ManagedChannel channel = channel(serve(new Arrivals.Bounds(2, 80, MIB, 4 * MIB, LONG)));
        call(channel, 0);
        call(channel, 0);
        Status status = call(channel, 0).status.get();

        assertEquals(Status.Code.RESOURCE_EXHAUSTED, status.getCode());
        assertEquals(
                "calls: more than 2 at once (expected: at most that many)",
                status.getDescription());
    }

    @Test
    void leavesCallsForOthersWhenOneNameHasItsShare(@TempDir Path folder) throws Exception {
        Certificates certificates = Certificates.in(folder);
        int port =
                serve(
                        new Arrivals.Bounds(10, 80, MIB, 4 * MIB, LONG),
                        certificates.peer("c1", "spiffe://test/coordinator/c1"));
        Security greedy = certificates.peer("a", "spiffe://test/client/a");
        ManagedChannel first = channel(to(port, greedy));
        ManagedChannel second = channel(to(port, greedy));
        Until.holds("they are connected", () -> open() == 0);
        List<Caller> held = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            held.add(call(first, 0));
            held.add(call(second, 0));
        }
        Until.holds("all are there", () -> open() == 8);
        for (ManagedChannel channel : List.of(first, second)) {
            Status status = silent(channel);
            assertEquals(Status.Code.RESOURCE_EXHAUSTED, status.getCode());
            assertEquals(
                    "calls: more than 8 of client/a at once (expected: at most that many)",
                    status.getDescription());
        }
        channel(to(port, certificates.peer("b", "spiffe://test/client/b"))); // and calls

        held.getFirst().call.cancel("enough", null);
        Until.holds("one has left", () -> open() == 7);
        flush(second);
    }

    private int serve(Arrivals.Bounds bounds) throws Exception {
        return serve(bounds, Security.loopbackOnly());
    }

    private int serve(Arrivals.Bounds bounds, Security security) throws Exception {
        arrivals = new Arrivals(bounds);
        HealthStatusManager health = new HealthStatusManager();
        io.grpc.Server server =
                NettyServerBuilder.forPort(0, security.server())
                        .directExecutor()
                        .maxInboundMessageSize(Integer.MAX_VALUE)
                        .addStreamTracerFactory(arrivals)
                        .intercept(arrivals)
                        .addService(health.getHealthService())
                        .addService(ProtoReflectionServiceV1.newInstance())
                        .build()
                        .start();
        arrivals.open();
        closing.add(arrivals::close);
        closing.add(() -> server.shutdownNow().awaitTermination());
        return server.getPort();
    }

    private ManagedChannel channel(int port) {
        return channel(to(port, Security.loopbackOnly()));
    }

    private static NettyChannelBuilder to(int port, Security security) {
        return NettyChannelBuilder.forAddress("127.0.0.1", port, security.channel());
    }

    private ManagedChannel channel(NettyChannelBuilder builder) {
        ManagedChannel channel = builder.disableRetry().build();
        closing.add(channel::shutdownNow);
        flush(channel); // it is connected: from now on messages go out as they are written
        return channel;
    }

    private int open() {
        return Objects.requireNonNull(arrivals).openCalls();
    }

    private long held() {
        return Objects.requireNonNull(arrivals).heldBytes();
    }

    private void until(ManagedChannel channel, BooleanSupplier condition) {
        long begun = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(
                    System.nanoTime() - begun < LIMIT.toNanos(),
                    "not within a minute: " + held() + " bytes of " + open() + " calls");
            flush(channel);
        }
    }

    private Caller call(ManagedChannel channel, int bytes) {
        Caller caller = new Caller(channel);
        caller.call.request(10);
        if (bytes > 0) {
            caller.send(bytes);
        }
        return caller;
    }

    /// Takes no answer; on a channel with a small window that keeps whatever is said after it.
    private Caller deaf(ManagedChannel channel) {
        Caller caller = new Caller(channel);
        caller.call.sendMessage(new ByteArrayInputStream(WHOLE));
        return caller;
    }

    private Status silent(ManagedChannel channel) throws Exception {
        return call(channel, 0).status.get();
    }

    /// A part of a message leaves the channel with what others send.
    private static void flush(ManagedChannel channel) {
        try {
            HealthGrpc.newBlockingStub(channel).check(HealthCheckRequest.getDefaultInstance());
        } catch (
                StatusRuntimeException
                        e) { // where calls have little time: the first one loads classes
            assertEquals(Status.Code.DEADLINE_EXCEEDED, e.getStatus().getCode());
        }
    }

    private static Status ended(ManagedChannel channel, Caller caller) throws Exception {
        long begun = System.nanoTime();
        while (!caller.status.isDone() && System.nanoTime() - begun < LIMIT.toNanos()) {
            flush(channel);
        }
        return caller.status.get(1, TimeUnit.SECONDS);
    }

    /// One call of the reflection service, which everybody may make.
    private final class Caller extends ClientCall.Listener<InputStream> {

        private final CompletableFuture<Status> status = new CompletableFuture<>();
        private final CompletableFuture<InputStream> answer = new CompletableFuture<>();
        private final ClientCall<InputStream, InputStream> call;

        Caller(ManagedChannel channel) {
            this(channel, CallOptions.DEFAULT);
        }

        Caller(ManagedChannel channel, CallOptions options) {
            MethodDescriptor<InputStream, InputStream> method =
                    ServerReflectionGrpc.getServerReflectionInfoMethod().toBuilder(
                                    new Bytes(), new Bytes())
                            .build();
            call = channel.newCall(method, options);
            call.start(this, new Metadata());
        }

        Caller(ManagedChannel channel, byte[] message) {
            this(channel);
            call.request(10);
            call.sendMessage(new ByteArrayInputStream(message));
        }

        /// Begins a message of that size and never ends it.
        void send(int bytes) {
            Thread.startVirtualThread(() -> {
                try {
                    call.sendMessage(new Unfinished(bytes));
                } catch (RuntimeException e) {
                    return; // the test is over
                }
            });
        }

        boolean isAnswered() {
            return answer.isDone();
        }

        @Override
        public void onMessage(InputStream message) {
            answer.complete(message);
        }

        @Override
        public void onClose(Status end, Metadata trailers) {
            status.complete(end);
        }
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<InputStream> {

        @Override
        public InputStream stream(InputStream value) {
            return value;
        }

        @Override
        public InputStream parse(InputStream stream) {
            return InputStream.nullInputStream();
        }
    }

    /// Zeros, but for the last one, which does not come before the test is over.
    private final class Unfinished extends InputStream implements KnownLength {

        private int left;

        Unfinished(int bytes) {
            left = bytes;
        }

        @Override
        public int available() {
            return left;
        }

        @Override
        public int read() throws IOException {
            if (left == 1) {
                try {
                    over.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                throw new IOException("the test is over");
            }
            left--;
            return 0;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0 || left == 1) {
                return length == 0 ? 0 : read();
            }
            int some = Math.min(length, left - 1);
            left -= some;
            return some;
        }
    }
}
