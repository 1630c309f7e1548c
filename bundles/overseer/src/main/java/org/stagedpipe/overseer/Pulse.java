package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;

/// Whether the overseer that leads lives, as one that follows sees it: asks it eight times in a session.
///
/// The store would tell as well, but not before its own servers have elected one, and then only after a whole session. One
/// that answered before has ended when it leaves two questions in a row without an answer, each for two fifths of a session,
/// or refuses them; one that never answered may be cut off from this overseer alone, and is left to the store. Questions
/// are counted, not time, because this overseer may have been frozen itself. Owns the thread `overseer-pulse`. Safe for use
/// by many threads.
final class Pulse implements AutoCloseable {

    private static final int ASKED_IN_A_SESSION = 8;
    private static final int ENDED = 2; // the first may be the end of an old connection

    private final Security security;
    private final Duration pause;
    private final Duration answersWithin;
    private @Nullable Loop loop;
    private @Nullable Card asked;
    private boolean answered; // at least once
    private int unanswered; // since the last answer

    /// @param session for how long one that is silent keeps the lead
    Pulse(Security security, Duration session) {
        this.security = security;
        this.pause = Duration.ofNanos(session.toNanos() / ASKED_IN_A_SESSION);
        this.answersWithin = Duration.ofNanos(session.toNanos() / 5 * 2);
    }

    /// Begins to ask whoever leads; once.
    synchronized void open(Supplier<@Nullable Card> leader) {
        loop = new Loop("overseer-pulse", pause, pause, () -> look(leader));
        loop.open();
    }

    synchronized boolean hasEnded(Card leader) {
        return leader.equals(asked) && answered && unanswered >= ENDED;
    }

    private void look(Supplier<@Nullable Card> leader) throws InterruptedException {
        Card now = leader.get();
        begin(now);
        if (now != null) {
            watch(now, leader);
        }
    }

    /// For as long as that one leads.
    private void watch(Card now, Supplier<@Nullable Card> leader) throws InterruptedException {
        try (Connection connection = Connection.to(now.nodes(), security)) {
            while (now.equals(leader.get())) {
                note(answers(connection));
                Thread.sleep(pause);
            }
        }
    }

    private boolean answers(Connection connection) throws InterruptedException {
        try {
            connection.call(Rpcs.DESCRIBE, DescribeRequest.getDefaultInstance(), answersWithin);
            return true;
        } catch (CallException e) {
            return e.isAnswer();
        }
    }

    private synchronized void begin(@Nullable Card leader) {
        if (!Objects.equals(asked, leader)) {
            asked = leader;
            answered = false;
            unanswered = 0;
        }
    }

    private synchronized void note(boolean isAnswer) {
        answered |= isAnswer;
        unanswered = isAnswer ? 0 : unanswered + 1;
    }

    @Override
    public void close() {
        Loop running;
        synchronized (this) {
            running = loop;
        }
        if (running != null) {
            running.close();
        }
    }
}
