package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The way out: users wait for outcomes and take them, which makes room in the window and asks the coordinator for more. All
/// fields belong to the conversation's lock.
final class Takings {

    /// Who takes outcomes. Who changes one of its answers calls [Conversation#wake()].
    interface Taker {

        /// One that takes whatever comes.
        Taker EAGER = new Taker() {};

        /// Whether it takes an outcome now.
        default boolean wants() {
            return true;
        }

        /// Whether it takes none any more.
        default boolean isGone() {
            return false;
        }
    }

    private final Conversation group;
    private final ReentrantLock lock;
    private final Condition outcomes;
    private final Arrivals arrived;
    private final Submissions submissions;

    Takings(Conversation group, ReentrantLock lock, Arrivals arrived, Submissions submissions) {
        this.group = group;
        this.lock = lock;
        this.outcomes = lock.newCondition();
        this.arrived = arrived;
        this.submissions = submissions;
    }

    /// @param timeout null to wait for ever
    /// @return null once the group has ended, the time is over, or the taker is gone
    @Nullable Outcome<byte[]> take(@Nullable Duration timeout, Taker taker)
            throws InterruptedException {
        List<Outcome<byte[]>> one = new ArrayList<>(1);
        return takeAll(one, 1, timeout, taker) == 0 ? null : one.getFirst();
    }

    /// Takes what is there, at most that many, once there is something; none once the group has ended, the time is over,
    /// or the taker is gone.
    int takeAll(
            Collection<? super Outcome<byte[]>> into,
            int most,
            @Nullable Duration timeout,
            Taker taker)
            throws InterruptedException {
        int taken;
        Line source;
        int more;
        lock.lock();
        try {
            awaitArrival(timeout, taker);
            if (taker.isGone()) {
                return 0;
            }
            if (arrived.isEmpty()) {
                group.throwIfFailed();
                return 0;
            }
            taken = arrived.take(into, most, submissions.inFlight());
            submissions.letIn();
            more = arrived.due();
            source = group.openedLine();
        } finally {
            lock.unlock();
        }
        if (more > 0) {
            source.call().request(more);
        }
        return taken;
    }

    private void awaitArrival(@Nullable Duration timeout, Taker taker) throws InterruptedException {
        long left = timeout == null ? Long.MAX_VALUE : timeout.toNanos();
        while (left > 0
                && !taker.isGone()
                && (arrived.isEmpty() ? !group.hasEnded() : !taker.wants())) {
            if (timeout == null) {
                outcomes.await();
            } else {
                left = outcomes.awaitNanos(left);
            }
        }
    }

    /// Outcomes have arrived, or the group has changed. By the lock.
    void changed() {
        outcomes.signalAll();
    }
}
