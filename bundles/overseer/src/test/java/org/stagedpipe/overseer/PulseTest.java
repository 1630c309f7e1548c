package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

class PulseTest {

    private static final Duration LONG = Duration.ofSeconds(4); // it may answer slowly

    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean frozen;
    private volatile boolean broken;
    private Server leader;
    private Pulse pulse;

    @BeforeEach
    void start() throws Exception {
        leader =
                Server.at(new Endpoint("127.0.0.1", 0), Security.loopbackOnly())
                        .unary(Rpcs.DESCRIBE, request -> describe())
                        .unary(Rpcs.ASSIGN_COORDINATOR, request -> Assignment.getDefaultInstance())
                        .exchange(Rpcs.SUBSCRIBE, exchange -> {})
                        .start();
        pulse = new Pulse(Security.loopbackOnly(), Duration.ofMillis(40));
    }

    @AfterEach
    void stop() {
        over.countDown();
        pulse.close();
        leader.close();
    }

    private OverseerInfo describe() throws InterruptedException {
        asked.incrementAndGet();
        if (broken) {
            throw new IllegalStateException("test");
        }
        if (frozen) {
            over.await();
        }
        return OverseerInfo.getDefaultInstance();
    }

    private Card watch() {
        Endpoint at = leader.endpoint();
        Card card = new Card("o1", at, at, "http://127.0.0.1");
        pulse.open(() -> card);
        return card;
    }

    @Test
    void oneThatAnsweredAndIsSilentHasEndedUntilItAnswersAgain() throws Exception {
        pulse = new Pulse(Security.loopbackOnly(), LONG);
        Card card = watch();
        until("it has answered", () -> asked.get() > 4);
        frozen = true;
        until("it has ended", () -> pulse.hasEnded(card));
        frozen = false;
        over.countDown();
        until("it lives", () -> !pulse.hasEnded(card));
    }

    @Test
    void oneThatAnsweredAndListensNoMoreHasEnded() throws Exception {
        pulse = new Pulse(Security.loopbackOnly(), LONG);
        Card card = watch();
        until("it has answered", () -> asked.get() > 4);
        leader.close();
        until("it has ended", () -> pulse.hasEnded(card));
    }

    @Test
    void oneThatSaysThatItMetABugLives() throws Exception {
        pulse = new Pulse(Security.loopbackOnly(), LONG); // none comes too late
        Card card = watch();
        until("it has answered", () -> asked.get() > 4);
        broken = true;
        int before = asked.get();
        until("it has said so", () -> asked.get() > before + 3);
        assertFalse(pulse.hasEnded(card));
    }

    @Test
    void oneThatNeverAnsweredIsLeftToTheStore() throws Exception {
        frozen = true;
        Card card = watch();
        until("it was asked", () -> asked.get() > 3);
        assertFalse(pulse.hasEnded(card));
    }

    @Test
    void asksOnAfterABug() throws Exception {
        AtomicInteger looked = new AtomicInteger();
        Endpoint at = leader.endpoint();
        Card card = new Card("o1", at, at, "http://127.0.0.1");
        pulse.open(() -> {
            if (looked.getAndIncrement() % 4 == 0) {
                throw new IllegalStateException("test");
            }
            return card;
        });
        until("it has answered", () -> asked.get() > 4);
    }
}
