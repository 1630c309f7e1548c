package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;

import java.util.concurrent.Flow;

/// Hands outcomes to a subscriber as it asks for them, on a thread of its own.
final class OutcomeSubscription<D, R> implements Flow.Subscription, Runnable {

    private final Group<D, R> group;
    private final Flow.Subscriber<? super Outcome<D>> subscriber;
    private final Thread thread;

    // By this object's monitor.
    private long demand;
    private boolean cancelled;
    private boolean rests; // until the subscriber wants more
    private boolean isOver;
    private @Nullable Throwable misuse;

    OutcomeSubscription(Group<D, R> group, Flow.Subscriber<? super Outcome<D>> subscriber) {
        this.group = group;
        this.subscriber = subscriber;
        this.thread = Thread.ofVirtual().name("subscription-" + group.id()).unstarted(this);
    }

    /// Whether that is who calls the subscriber.
    boolean isCurrentThread() {
        return Thread.currentThread().equals(thread);
    }

    void start() {
        thread.start();
    }

    @Override
    public void request(long n) {
        if (n < 1) {
            refuse(new IllegalArgumentException("request: " + n + " (expected: >= 1)"));
            return;
        }
        synchronized (this) {
            demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
            notifyAll();
        }
    }

    /// Ends the group, as its thread may wait there for an outcome that may never come.
    private void refuse(Throwable error) {
        synchronized (this) {
            if (cancelled) {
                return;
            }
            misuse = error;
            notifyAll();
        }
        cancelGroup(error);
    }

    @Override
    public void cancel() {
        synchronized (this) {
            cancelled = true;
            notifyAll();
        }
        group.cancel("its subscriber cancelled");
    }

    @Override
    public void run() {
        group.ended().thenRun(this::wake);
        try {
            subscriber.onSubscribe(this);
            Outcome<D> outcome = awaitDemand() ? group.take() : null;
            while (outcome != null && isWilling()) {
                subscriber.onNext(outcome);
                outcome = awaitDemand() ? group.take() : null;
            }
            end(null);
        } catch (Throwable e) { // without this thread the group would never end
            end(e);
        } finally {
            over();
            group.subscriptionIsOver();
        }
    }

    private synchronized void over() {
        isOver = true;
        notifyAll();
    }

    /// Waits until the subscriber has returned and wants nothing more, or gets nothing more.
    synchronized void awaitRest() throws InterruptedException {
        while (!isOver && !(rests && demand == 0)) {
            wait();
        }
    }

    /// Waits until the subscriber wants something, or until it never will: false.
    private synchronized boolean awaitDemand() throws InterruptedException {
        while (demand == 0 && isWilling() && !group.isEnded()) {
            rests = true;
            notifyAll();
            wait();
        }
        rests = false;
        if (demand > 0) {
            demand--;
        }
        return isWilling();
    }

    private synchronized boolean isWilling() {
        return !cancelled && misuse == null;
    }

    private synchronized void wake() {
        notifyAll();
    }

    private void end(@Nullable Throwable error) {
        Throwable cause;
        synchronized (this) {
            if (cancelled) {
                return;
            }
            cancelled = true;
            cause = misuse == null ? error : misuse;
        }
        if (cause == null) {
            subscriber.onComplete();
        } else {
            cancelGroup(cause);
            group.subscriptionIsOver();
            subscriber.onError(cause);
        }
    }

    private void cancelGroup(Throwable cause) {
        group.cancel("its subscriber failed: " + Faults.text(cause));
    }
}
