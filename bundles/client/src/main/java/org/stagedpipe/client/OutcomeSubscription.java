package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;

/// Takes outcomes for one subscriber, as many as it asked for. Owns a virtual thread, on which the subscriber is called.
final class OutcomeSubscription implements Flow.Subscription {

    private final Conversation conversation;
    private final Flow.Subscriber<? super Outcome<byte[]>> subscriber;
    private final Thread thread;
    private final AtomicLong demand = new AtomicLong();
    private volatile boolean cancelled;
    private volatile @Nullable IllegalArgumentException misuse;

    private OutcomeSubscription(
            Conversation conversation, Flow.Subscriber<? super Outcome<byte[]>> subscriber) {
        this.conversation = conversation;
        this.subscriber = Objects.requireNonNull(subscriber, "subscriber");
        this.thread = Thread.ofVirtual().name("client-publish").unstarted(this::run);
    }

    static void start(
            Conversation conversation, Flow.Subscriber<? super Outcome<byte[]>> subscriber) {
        new OutcomeSubscription(conversation, subscriber).thread.start();
    }

    @Override
    public void request(long more) {
        if (more <= 0) {
            misuse = new IllegalArgumentException("request: " + more + " (expected: >= 1)");
            stop();
        } else {
            demand.accumulateAndGet(more, (had, n) -> had + n < 0 ? Long.MAX_VALUE : had + n);
            conversation.wake();
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        stop();
    }

    /// The thread may wait for an outcome; on the thread itself, the loop looks.
    private void stop() {
        if (Thread.currentThread() != thread) {
            thread.interrupt();
        }
    }

    private void run() {
        subscriber.onSubscribe(this);
        try {
            while (!cancelled && misuse == null) {
                Outcome<byte[]> outcome =
                        conversation.takings().take(null, () -> demand.get() > 0 && !cancelled);
                if (outcome == null) {
                    subscriber.onComplete();
                    return;
                }
                demand.decrementAndGet();
                subscriber.onNext(outcome);
            }
            tellMisuse();
        } catch (ClientException e) {
            subscriber.onError(e);
        } catch (InterruptedException e) {
            tellMisuse();
        }
    }

    private void tellMisuse() {
        IllegalArgumentException why = misuse;
        if (why != null && !cancelled) {
            subscriber.onError(why);
        }
    }
}
