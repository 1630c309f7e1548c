package org.stagedpipe.zookeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.zookeeper.Overseer.until;

import org.apache.curator.framework.state.ConnectionState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// When servers that are not heard end a session, and a question, whatever the wall clock says.
class SilenceTest {

    private static final Duration SESSION = Duration.ofSeconds(10);

    @TempDir Path folder;
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE);

    @Test
    void isLongAfterTheTimeOfASession() {
        AtomicLong lastsMs = new AtomicLong(SESSION.toMillis());
        Silence silence = new Silence(lastsMs::get, nanos::get);
        assertFalse(silence.isLong());
        silence.state(ConnectionState.SUSPENDED);
        nanos.addAndGet(SESSION.toNanos() - 1);
        assertFalse(silence.isLong());
        nanos.addAndGet(1);
        assertTrue(silence.isLong());
        lastsMs.addAndGet(1); // servers gave more than was asked for
        assertFalse(silence.isLong());
        nanos.addAndGet(1_000_000);
        assertTrue(silence.isLong());
        silence.end();
        assertFalse(silence.isLong());

        silence.state(ConnectionState.SUSPENDED);
        silence.state(ConnectionState.RECONNECTED);
        nanos.addAndGet(SESSION.toNanos());
        assertFalse(silence.isLong());
    }

    @Test
    void aQuestionIsTriedAgainForAWhile() {
        Retries retries = new Retries(nanos::get);
        AtomicInteger pauses = new AtomicInteger();
        long theClockWasSetBack = -3_600_000;
        for (int call = 0; call < 2; call++) {
            pauses.set(0);
            while (retries.allowRetry(
                    pauses.get(),
                    theClockWasSetBack,
                    (time, unit) -> {
                        pauses.incrementAndGet();
                        nanos.addAndGet(unit.toNanos(time));
                    })) {
                assertTrue(pauses.get() < 1_000);
            }
            assertEquals(80, pauses.get());
        }
        assertFalse(retries.allowRetry(0, 4_000, (time, unit) -> {}));
    }

    /// On a clock that runs an hour each time it is looked at.
    @Test
    void aSessionWhoseServersAreAwayIsGivenUp() throws Exception {
        Session session;
        try (Overseer o1 = new Overseer("o1", folder, null)) {
            until("leads", o1::leads);
            session =
                    Session.open(
                            o1.ensemble.address(),
                            SESSION,
                            null,
                            Duration.ofSeconds(20),
                            () -> nanos.addAndGet(Duration.ofHours(1).toNanos()));
            assertFalse(session.isSilent());
            long before = session.id();
            session.renew();
            until("another session", () -> session.id() != 0 && session.id() != before);
        }
        try (session) {
            until("silent", session::isSilent);
            session.renew();
            assertFalse(session.isSilent());
        }
    }
}
