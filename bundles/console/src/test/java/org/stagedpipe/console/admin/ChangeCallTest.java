package org.stagedpipe.console.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Security;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// How long a program waits for an overseer.
@Timeout(60)
class ChangeCallTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofSeconds(4);
    private static final long PACE_MS = 600;
    private static final int MANY = 8; // in all longer than the short time
    private static final int BYTES = 20 << 20; // more than is on its way at most

    @TempDir Path folder;
    private final AtomicInteger tries = new AtomicInteger();

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
    void aConnectionThatBreaksBeforeARolloutIsKnownIsMadeAnew() throws Exception {
        Optional<PluginEntry> result =
                upload(
                        new Patience(LONG, LONG),
                        exchange -> {
                            readAll(exchange);
                            exchange.send(Progress.newBuilder().setStep("resolve").build());
                            if (tries.incrementAndGet() < 3) {
                                throw new CallException(Kind.UNREACHABLE, "the network");
                            }
                            exchange.send(done());
                        });
        assertEquals("fish", result.orElseThrow().getName());
        assertEquals(3, tries.get());
    }

    @Test
    void oneThatBreaksWithARolloutIsForWhoFollowsThat() {
        CallException lost =
                assertThrows(
                        CallException.class,
                        () ->
                                upload(
                                        new Patience(LONG, LONG),
                                        exchange -> {
                                            readAll(exchange);
                                            tries.incrementAndGet();
                                            exchange.send(
                                                    Progress.newBuilder()
                                                            .setRollout(
                                                                    RolloutEntry.newBuilder()
                                                                            .setId("r1"))
                                                            .build());
                                            throw new CallException(
                                                    Kind.UNREACHABLE, "the network");
                                        }));
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

    private static Progress done() {
        return Progress.newBuilder().setResult(PluginEntry.newBuilder().setName("fish")).build();
    }

    /// @param rest what an overseer does with the chunks
    private Optional<PluginEntry> upload(Patience patience, TestOverseer.Reader rest)
            throws Exception {
        Path jar = Files.write(folder.resolve("a.jar"), new byte[BYTES]);
        try (TestOverseer overseer = new TestOverseer();
                Connection connection =
                        Connection.to(overseer.adminEndpoint(), Security.loopbackOnly())) {
            overseer.reader =
                    exchange -> {
                        exchange.send(Progress.newBuilder().setStep("upload").build());
                        rest.read(exchange);
                    };
            ChangeCall call = new ChangeCall(connection, patience, PublishListener.none());
            return call.upload(PublishBegin.getDefaultInstance(), Jar.read(jar));
        }
    }
}
