package org.stagedpipe.console.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.TestOverseer;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.protocol.v1.PublishRequest;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Security;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// How long a program waits for an overseer.
@Timeout(60)
class ChangeCallTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofSeconds(8);
    private static final long PACE_MS = 1_200;
    private static final int MANY = 8; // in all longer than the short time
    private static final int BYTES = 20 << 20; // more than is on its way at most

    @TempDir Path folder;
    private final AtomicInteger tries = new AtomicInteger();
    private final CountDownLatch broken = new CountDownLatch(1);
    private @Nullable Cable cable;

    @Test
    void aChangeMayTakeAsLongAsItIsToldOf() throws Exception {
        Optional<PluginEntry> result =
                upload(
                        new Patience(SHORT, SHORT),
                        exchange -> {
                            readAll(exchange);
                            for (int step = 0; step < MANY; step++) {
                                Thread.sleep(PACE_MS);
                                exchange.send(Progress.newBuilder().setStep("push").build());
                            }
                            exchange.send(done());
                        });
        assertEquals("fish", result.orElseThrow().getName());
    }

    @Test
    void anUploadMayTakeAsLongAsItMoves() throws Exception {
        Optional<PluginEntry> result =
                upload(
                        new Patience(SHORT, LONG),
                        exchange -> {
                            for (int chunk = 0; exchange.next() != null; chunk++) {
                                if (chunk % 8 == 0) {
                                    Thread.sleep(PACE_MS);
                                }
                            }
                            exchange.send(done());
                        });
        assertEquals("fish", result.orElseThrow().getName());
    }

    @Test
    void aConnectionThatBreaksBeforeARolloutIsKnownIsMadeAnewAndNothingIsToldTwice()
            throws Exception {
        List<String> told = new ArrayList<>();
        Optional<PluginEntry> result =
                upload(
                        new Patience(LONG, LONG),
                        exchange -> {
                            readAll(exchange);
                            exchange.send(step("w1 would fetch it"));
                            exchange.send(step("it would start"));
                            if (tries.incrementAndGet() == 1) {
                                broken.await();
                            }
                            exchange.send(done());
                        },
                        step -> {
                            told.add(step.getText());
                            if (told.size() == 2) {
                                breakOff();
                            }
                        });
        assertEquals("fish", result.orElseThrow().getName());
        assertEquals(List.of("w1 would fetch it", "it would start", ""), told);
        assertEquals(2, tries.get());
    }

    @Test
    void oneThatTellsOtherStepsBecauseItWasStartedAnewIsHeardFromTheBeginning() throws Exception {
        List<String> told = new ArrayList<>();
        upload(
                new Patience(LONG, LONG),
                exchange -> {
                    readAll(exchange);
                    exchange.send(step("it is a plugin"));
                    boolean isFirst = tries.incrementAndGet() == 1;
                    exchange.send(step(isFirst ? "w1 would fetch it" : "nobody would fetch it"));
                    exchange.send(step(isFirst ? "w2 would fetch it" : "nobody would start it"));
                    if (isFirst) {
                        broken.await();
                    }
                    exchange.send(done());
                },
                new PublishListener() {
                    @Override
                    public void step(Progress progress) {
                        told.add(progress.getText());
                        if (told.size() == 3) {
                            breakOff();
                        }
                    }

                    @Override
                    public void anew() {
                        told.add("anew");
                    }
                });
        assertEquals(
                List.of(
                        "it is a plugin",
                        "w1 would fetch it",
                        "w2 would fetch it",
                        "anew",
                        "it is a plugin",
                        "nobody would fetch it",
                        "nobody would start it",
                        ""),
                told);
    }

    @Test
    void whatAnOverseerAnswersIsNotAskedForAgain() {
        CallException away =
                assertThrows(
                        CallException.class,
                        () ->
                                upload(
                                        new Patience(LONG, LONG),
                                        exchange -> {
                                            readAll(exchange);
                                            tries.incrementAndGet();
                                            exchange.send(step("is a plugin"));
                                            throw new CallException(
                                                    Kind.UNREACHABLE, "the store is away");
                                        }));
        assertEquals("the store is away", away.getMessage());
        assertEquals(1, tries.get());
    }

    @Test
    void oneThatBreaksWithARolloutIsForWhoFollowsThat() {
        Progress rollout =
                Progress.newBuilder().setRollout(RolloutEntry.newBuilder().setId("r1")).build();
        CallException lost =
                assertThrows(
                        CallException.class,
                        () ->
                                upload(
                                        new Patience(LONG, LONG),
                                        exchange -> {
                                            readAll(exchange);
                                            tries.incrementAndGet();
                                            exchange.send(rollout);
                                            broken.await();
                                        },
                                        _ -> breakOff()));
        assertEquals(Kind.UNREACHABLE, lost.kind());
        assertEquals(1, tries.get());
    }

    @Test
    void givesUpAnUploadThatDoesNotMove() {
        assertSilent(
                new Patience(Duration.ofMillis(200), LONG),
                _ -> {},
                "no message was taken within 200");
    }

    @Test
    void givesUpAnOverseerThatSaysNothing() {
        assertSilent(
                new Patience(LONG, Duration.ofMillis(200)),
                ChangeCallTest::readAll,
                "no message within 200");
    }

    @Test
    void waitsLongerThanAnySettingOfTheOverseerLetsItBeSilent() {
        assertTrue(Patience.of(null).say().compareTo(Duration.ofHours(1)) > 0);
        assertTrue(Patience.of(Duration.ofSeconds(30)).say().compareTo(Duration.ofMinutes(30)) > 0);
    }

    /// @param first what the overseer does before it is silent
    private void assertSilent(Patience patience, TestOverseer.Reader first, String text) {
        CountDownLatch ended = new CountDownLatch(1);
        TestOverseer.Reader silent =
                exchange -> {
                    first.read(exchange);
                    ended.await();
                };
        CallException failure = assertThrows(CallException.class, () -> upload(patience, silent));
        ended.countDown();
        assertEquals(Kind.TIMED_OUT, failure.kind());
        assertTrue(String.valueOf(failure.getMessage()).startsWith(text), failure.getMessage());
    }

    private static void readAll(Exchange<Progress, PublishRequest> exchange)
            throws CallException, InterruptedException {
        while (exchange.next() != null) {
            // all of it
        }
    }

    private void breakOff() {
        requireNonNull(cable).cut();
        broken.countDown();
    }

    private static Progress step(String text) {
        return Progress.newBuilder().setStep("plan").setText(text).build();
    }

    private static Progress done() {
        return Progress.newBuilder().setResult(PluginEntry.newBuilder().setName("fish")).build();
    }

    /// @param rest what an overseer does with the chunks
    private Optional<PluginEntry> upload(Patience patience, TestOverseer.Reader rest)
            throws Exception {
        return upload(patience, rest, PublishListener.none());
    }

    private Optional<PluginEntry> upload(
            Patience patience, TestOverseer.Reader rest, PublishListener listener)
            throws Exception {
        Path jar = Files.write(folder.resolve("a.jar"), new byte[BYTES]);
        try (TestOverseer overseer = new TestOverseer();
                Cable between = new Cable(overseer.adminEndpoint());
                Connection connection =
                        Connection.to(between.endpoint(), Security.loopbackOnly())) {
            cable = between;
            overseer.reader =
                    exchange -> {
                        exchange.send(Progress.newBuilder().setStep("upload").build());
                        rest.read(exchange);
                    };
            ChangeCall call = new ChangeCall(connection, patience, listener);
            return call.upload(PublishBegin.getDefaultInstance(), Jar.read(jar));
        }
    }

    /// A way to an overseer that can be cut; a new connection finds it whole.
    private static final class Cable implements AutoCloseable {

        private final Endpoint end;
        private final ServerSocket begin;
        private final List<Socket> open = new CopyOnWriteArrayList<>();

        Cable(Endpoint end) throws IOException {
            this.end = end;
            this.begin = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
            Thread.ofVirtual().start(this::carry);
        }

        Endpoint endpoint() {
            return new Endpoint("127.0.0.1", begin.getLocalPort());
        }

        void cut() {
            open.forEach(Cable::close);
        }

        @Override
        public void close() {
            close(begin);
            cut();
        }

        private void carry() {
            try {
                while (true) {
                    Socket near = begin.accept();
                    Socket far = new Socket(end.host(), end.port());
                    open.addAll(List.of(near, far));
                    Thread.ofVirtual().start(() -> carry(near, far));
                    Thread.ofVirtual().start(() -> carry(far, near));
                }
            } catch (IOException _) {
                cut(); // the test is over
            }
        }

        private static void carry(Socket from, Socket to) {
            try (from;
                    to) {
                from.getInputStream().transferTo(to.getOutputStream());
            } catch (IOException _) {
                // cut
            }
        }

        private static void close(Closeable one) {
            try {
                one.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
