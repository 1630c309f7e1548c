package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

class BegunTest {

    private final AtomicLong aheadNanos = new AtomicLong();
    private final Begun begun = new Begun(() -> System.nanoTime() + aheadNanos.get());

    @Test
    void whoAsksAgainAfterTheStoreWasAwayBeginsAgain() throws Exception {
        Conversation lost = new Conversation("lost");
        Conversation refused = new Conversation("refused");
        begun.first("r1", lost);
        begun.first("r2", refused);
        lost.begin(steps -> {
            throw new StoreException("away");
        });
        refused.begin(steps -> {
            throw new CallException(Kind.REFUSED, "no");
        });
        until(
                "they are over",
                () ->
                        lost.isOverSince(System.nanoTime())
                                && refused.isOverSince(System.nanoTime()));
        assertSame(refused, begun.find("r2"));
        Conversation again = new Conversation("again");
        assertSame(again, begun.first("r1", again));
        assertSame(again, begun.find("r1"));
    }

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
