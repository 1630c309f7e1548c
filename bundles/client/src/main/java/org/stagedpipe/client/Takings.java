package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;

import java.time.Duration;
import java.util.Collection;
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
        Outcome<byte[]> taken;
        Line source;
        int more;
        lock.lock();
        try {
            if (!isThere(timeout, taker)) {
                return null;
            }
            taken = arrived.take(submissions.inFlight());
            if (isOver()) {
                changed();
            }
            submissions.letIn();
            more = arrived.due();
            source = group.openedLine();
        } finally {
            lock.unlock();
        }
        ask(source, more);
        return taken;
    }

    /// Takes what is there, at most that many, once there is something; none once the group has ended. The collection is the
    /// user's, and may wait for somebody who wants the lock: it is called without.
    int takeAll(Collection<? super Outcome<byte[]>> into, int most) throws InterruptedException {
        Arrivals.Batch taken;
        lock.lock();
        try {
            if (!isThere(null, Taker.EAGER)) {
                return 0;
            }
            taken = arrived.takeOut(most);
        } finally {
            lock.unlock();
        }
        int size = taken.size();
        int count = 0;
        try {
            while (count < size) {
                into.add(taken.get(count));
                count++;
            }
        } finally { // what was added is the user's, also if the rest is not
            handedOver(taken, count);
        }
        return count;
    }

    private void handedOver(Arrivals.Batch taken, int count) {
        Line source;
        int more;
        lock.lock();
        try {
            boolean isPart = count < taken.size();
            arrived.handedOver(taken, count, submissions.inFlight());
            if (isPart || isOver()) {
                changed();
            }
            submissions.letIn();
            more = arrived.due();
            source = group.openedLine();
        } finally {
            lock.unlock();
        }
        ask(source, more);
    }

    private static void ask(Line source, int more) {
        if (more > 0) {
            source.call().request(more);
        }
    }

    /// Waits for an outcome; whether there is one to be taken.
    private boolean isThere(@Nullable Duration timeout, Taker taker) throws InterruptedException {
        awaitArrival(timeout, taker);
        if (taker.isGone()) {
            return false;
        }
        if (isOver()) {
            group.throwIfFailed();
        }
        return !arrived.isEmpty();
    }

    private void awaitArrival(@Nullable Duration timeout, Taker taker) throws InterruptedException {
        long left = timeout == null ? Long.MAX_VALUE : timeout.toNanos();
        while (left > 0 && !taker.isGone() && (arrived.isEmpty() ? !isOver() : !taker.wants())) {
            if (timeout == null) {
                outcomes.await();
            } else {
                left = outcomes.awaitNanos(left);
            }
        }
    }

    /// Whether the group has ended and users have all: what is on its way to a collection may come back.
    private boolean isOver() {
        return group.hasEnded() && arrived.isHandedOver();
    }

    /// Outcomes have arrived, or the group has changed. By the lock.
    void changed() {
        outcomes.signalAll();
    }
}
