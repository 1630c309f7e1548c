package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.transport.CallException.Kind;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

@Timeout(20)
class ExchangeTest {

    private static final ByteString PAYLOAD = ByteString.copyFrom(new byte[256 << 10]);

    /// More than any buffer between the two sides holds.
    private static final int MANY = 200;

    @Test
    void carriesMessagesBothWaysInOrder() throws Exception {
        try (Server server = Servers.conversing(ExchangeTest::echo);
                Connection connection = Servers.to(server);
                Exchange<GroupRequest, GroupResponse> exchange =
                        connection.exchange(Rpcs.PROCESS, null)) {
            Thread sender =
                    Thread.startVirtualThread(() -> {
                        quietly(() -> sendMany(exchange, new AtomicInteger()));
                        exchange.complete();
                    });
            for (int i = 0; i < MANY; i++) {
                assertEquals(i, sequence(exchange.next()));
            }
            assertNull(exchange.next());
            sender.join();
        }
    }

    @Test
    void makesTheCallerWaitWhileTheCalleeDoesNotRead() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (Server server =
                        Servers.conversing(exchange -> {
                            read.await();
                            echo(exchange);
                        });
                Connection connection = Servers.to(server);
                Exchange<GroupRequest, GroupResponse> exchange =
                        connection.exchange(Rpcs.PROCESS, null)) {
            AtomicInteger sent = new AtomicInteger();
            Thread sender =
                    Thread.startVirtualThread(() -> {
                        quietly(() -> sendMany(exchange, sent));
                        exchange.complete();
                    });
            Until.holds("the sender waits", () -> sender.getState() == Thread.State.WAITING);
            assertTrue(sent.get() < MANY / 2, () -> sent + " sent to a callee that does not read");

            read.countDown();
            for (int i = 0; i < MANY; i++) {
                assertEquals(i, sequence(exchange.next()));
            }
            assertNull(exchange.next());
        }
    }

    @Test
    void makesTheCalleeWaitWhileTheCallerDoesNotRead() throws Exception {
        AtomicInteger sent = new AtomicInteger();
        CompletableFuture<Thread> callee = new CompletableFuture<>();
        try (Server server =
                        Servers.conversing(exchange -> {
                            callee.complete(Thread.currentThread());
                            for (int i = 0; i < MANY; i++) {
                                exchange.send(response(i));
                                sent.incrementAndGet();
                            }
                        });
                Connection connection = Servers.to(server);
                Exchange<GroupRequest, GroupResponse> exchange =
                        connection.exchange(Rpcs.PROCESS, null)) {
            Thread sender = callee.get();
            Until.holds("the callee waits", () -> sender.getState() == Thread.State.WAITING);
            assertTrue(sent.get() < MANY / 2, () -> sent + " sent to a caller that does not read");

            for (int i = 0; i < MANY; i++) {
                assertEquals(i, sequence(exchange.next()));
            }
            assertNull(exchange.next());
        }
    }

    @Test
    void tellsTheCalleeThatTheCallerGaveUp() throws Exception {
        CompletableFuture<CallException> told = new CompletableFuture<>();
        try (Server server =
                        Servers.conversing(exchange -> {
                            try {
                                exchange.next();
                                exchange.next();
                            } catch (CallException e) {
                                told.complete(e);
                                throw e;
                            }
                        });
                Connection connection = Servers.to(server)) {
            Exchange<GroupRequest, GroupResponse> exchange =
                    connection.exchange(Rpcs.PROCESS, null);
            exchange.send(request(0));
            exchange.close();

            assertEquals(Kind.CANCELLED, told.get().kind());
            assertEquals("the caller is gone", told.get().getMessage());
            assertEquals(Kind.CANCELLED, assertThrows(CallException.class, exchange::next).kind());
            assertEquals(
                    Kind.CANCELLED,
                    assertThrows(CallException.class, () -> exchange.send(request(1))).kind());
        }
    }

    @Test
    void tellsTheCallerWhyTheCalleeEndedTheCall() throws Exception {
        try (Server server =
                        Servers.conversing(exchange -> {
                            exchange.send(response(0));
                            throw new CallException(Kind.REFUSED, "no more of that");
                        });
                Connection connection = Servers.to(server);
                Exchange<GroupRequest, GroupResponse> exchange =
                        connection.exchange(Rpcs.PROCESS, null)) {
            assertEquals(0, sequence(exchange.next()));
            CallException e = assertThrows(CallException.class, exchange::next);

            assertEquals(Kind.REFUSED, e.kind());
            assertEquals("no more of that", e.getMessage());
        }
    }

    @Test
    void wakesASenderWhenTheCalleeEndsTheCallWell() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (Server server = Servers.conversing(exchange -> end.await());
                Connection connection = Servers.to(server);
                Exchange<GroupRequest, GroupResponse> exchange =
                        connection.exchange(Rpcs.PROCESS, null)) {
            AtomicInteger sent = new AtomicInteger();
            Thread sender =
                    Thread.startVirtualThread(() -> quietly(() -> sendMany(exchange, sent)));
            Until.holds("the sender waits", () -> sender.getState() == Thread.State.WAITING);
            assertTrue(sent.get() < MANY);
            end.countDown();

            sender.join();
            assertEquals(MANY, sent.get()); // the rest went nowhere, and nobody waited for it
            assertNull(exchange.next());
        }
    }

    @Test
    void wakesACalleesOtherThreadWhenItsHandlerReturns() throws Exception {
        CompletableFuture<CallException> thrown = new CompletableFuture<>();
        try (Server server =
                        Servers.conversing(exchange -> {
                            Thread other =
                                    Thread.startVirtualThread(() ->
                                            thrown.complete(
                                                    assertThrows(
                                                            CallException.class,
                                                            () -> {
                                                                while (true) {
                                                                    exchange.send(response(1));
                                                                }
                                                            })));
                            try {
                                Until.holds(
                                        "the other thread waits",
                                        () -> other.getState() == Thread.State.WAITING);
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        });
                Connection connection = Servers.to(server);
                Exchange<GroupRequest, GroupResponse> exchange =
                        connection.exchange(Rpcs.PROCESS, null)) {
            assertEquals(Kind.CANCELLED, thrown.get().kind());
        }
    }

    @Test
    void sendsNothingAfterItSaidSo() throws Exception {
        try (Server server = Servers.conversing(ExchangeTest::echo);
                Connection connection = Servers.to(server);
                Exchange<GroupRequest, GroupResponse> exchange =
                        connection.exchange(Rpcs.PROCESS, null)) {
            exchange.complete();

            assertEquals(
                    "this side sends no more",
                    assertThrows(CallException.class, () -> exchange.send(request(0)))
                            .getMessage());
            assertNull(exchange.next());
        }
    }

    @Test
    void waitsForAMessageAsLongAsItIsTold() throws Exception {
        try (Server server = Servers.conversing(ExchangeTest::echo);
                Connection connection = Servers.to(server);
                Exchange<GroupRequest, GroupResponse> exchange =
                        connection.exchange(Rpcs.PROCESS, null)) {
            CallException e =
                    assertThrows(CallException.class, () -> exchange.next(Duration.ofMillis(20)));
            assertEquals(Kind.TIMED_OUT, e.kind());
            assertEquals("no message within 20 ms", e.getMessage());

            exchange.send(request(7)); // the call goes on
            assertEquals(7, sequence(exchange.next(Duration.ofSeconds(10))));
        }
    }

    @Test
    void beginsWithoutWaitingForAPeerThatAnswersNothing() throws Exception {
        try (ServerSocket frozen = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Connection connection =
                        Connection.to(
                                new Endpoint("127.0.0.1", frozen.getLocalPort()),
                                Security.loopbackOnly());
                Exchange<GroupRequest, GroupResponse> exchange =
                        connection.exchange(Rpcs.PROCESS, null)) {
            exchange.begin(request(0));
            CallException e =
                    assertThrows(CallException.class, () -> exchange.next(Duration.ofMillis(20)));
            assertEquals(Kind.TIMED_OUT, e.kind());
        }
    }

    @Test
    void endsTheWholeConversationAtItsDeadline() throws Exception {
        try (Server server = Servers.conversing(ExchangeTest::echo);
                Connection connection = Servers.to(server);
                Exchange<GroupRequest, GroupResponse> exchange =
                        connection.exchange(Rpcs.PROCESS, Duration.ofMillis(50))) {
            assertEquals(Kind.TIMED_OUT, assertThrows(CallException.class, exchange::next).kind());
        }
    }

    @Test
    void wakesBothSidesWhenTheServerCloses() throws Exception {
        CompletableFuture<Exception> told = new CompletableFuture<>();
        Server server =
                Servers.conversing(exchange -> {
                    try {
                        exchange.send(response(0));
                        exchange.next();
                    } catch (CallException | InterruptedException e) {
                        told.complete(e);
                        throw e;
                    }
                });
        try (Connection connection = Servers.to(server);
                Exchange<GroupRequest, GroupResponse> exchange =
                        connection.exchange(Rpcs.PROCESS, null)) {
            exchange.next();
            server.close();

            assertNotNull(told.get());
            CallException e = assertThrows(CallException.class, exchange::next);
            assertEquals(Kind.UNREACHABLE, e.kind());
            assertTrue(e.getMessage().startsWith(server.endpoint() + ": "), e.getMessage());
        }
    }

    private static void echo(Exchange<GroupResponse, GroupRequest> exchange)
            throws CallException, InterruptedException {
        for (GroupRequest next = exchange.next(); next != null; next = exchange.next()) {
            exchange.send(GroupResponse.newBuilder().setChunk(next.getChunk()).build());
        }
    }

    private static void sendMany(Exchange<GroupRequest, GroupResponse> exchange, AtomicInteger sent)
            throws CallException, InterruptedException {
        for (int i = 0; i < MANY; i++) {
            exchange.send(request(i));
            sent.incrementAndGet();
        }
    }

    private interface Sending {
        void run() throws CallException, InterruptedException;
    }

    private static void quietly(Sending sending) {
        try {
            sending.run();
        } catch (CallException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static GroupRequest request(long sequence) {
        return GroupRequest.newBuilder().setChunk(chunk(sequence)).build();
    }

    private static GroupResponse response(long sequence) {
        return GroupResponse.newBuilder().setChunk(chunk(sequence)).build();
    }

    private static Chunk.Builder chunk(long sequence) {
        return Chunk.newBuilder().setSequence(sequence).setData(PAYLOAD);
    }

    private static long sequence(@Nullable GroupResponse response) {
        return Objects.requireNonNull(response, "the end").getChunk().getSequence();
    }
}
