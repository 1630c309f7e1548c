package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

class BegunTest {

    private final AtomicLong aheadNanos = new AtomicLong();
    private final Begun begun = new Begun(() -> System.nanoTime() + aheadNanos.get());

    @Test
    void aChangeIsForgottenAMinuteAfterItsEnd() throws Exception {
        Conversation over = new Conversation("over");
        Conversation running = new Conversation("running");
        begun.first("r1", over);
        begun.first("r2", running);
        over.begin(steps -> null);
        until("it is over", () -> over.isOverSince(System.nanoTime()));
        begun.first("r3", new Conversation("soon"));
        assertSame(over, begun.find("r1"));
        aheadNanos.set(Duration.ofMinutes(2).toNanos());
        begun.first("r4", new Conversation("late"));
        assertNull(begun.find("r1"));
        assertSame(running, begun.find("r2"));
    }
}
