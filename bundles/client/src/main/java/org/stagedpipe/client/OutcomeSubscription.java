package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.transport.CallException.Kind;

import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;

/// Takes outcomes for one subscriber, as many as it asked for. Owns a virtual thread, on which the subscriber is called.
final class OutcomeSubscription implements Flow.Subscription, Takings.Taker {

    private final UUID group;
    private final Conversation conversation;
    private final Flow.Subscriber<? super Outcome<byte[]>> subscriber;
    private final AtomicLong demand = new AtomicLong();
    private volatile boolean cancelled;
    private volatile @Nullable IllegalArgumentException misuse;

    private OutcomeSubscription(
            UUID group,
            Conversation conversation,
            Flow.Subscriber<? super Outcome<byte[]>> subscriber) {
        this.group = group;
        this.conversation = conversation;
        this.subscriber = Objects.requireNonNull(subscriber, "subscriber");
    }

    static void start(
            UUID group,
            Conversation conversation,
            Flow.Subscriber<? super Outcome<byte[]>> subscriber) {
        Thread.ofVirtual()
                .name("client-publish")
                .start(new OutcomeSubscription(group, conversation, subscriber)::run);
    }

    @Override
    public void request(long more) {
        if (more <= 0) {
            misuse = new IllegalArgumentException("request: " + more + " (expected: >= 1)");
        } else {
            demand.accumulateAndGet(more, (had, n) -> had + n < 0 ? Long.MAX_VALUE : had + n);
        }
        conversation.wake();
    }

    @Override
    public void cancel() {
        cancelled = true;
        conversation.wake();
    }

    @Override
    public boolean wants() {
        return demand.get() > 0;
    }

    @Override
    public boolean isGone() {
        return cancelled || misuse != null;
    }

    private void run() {
        Runnable end;
        try {
            subscriber.onSubscribe(this);
            end = deliver();
        } catch (Throwable e) {
            // Nobody else would learn of it, and nobody takes what then fills the window.
            conversation.cancel("a subscriber failed");
            end = () -> subscriber.onError(failed(e));
        }
        end.run();
    }

    /// Answers how the subscriber is told that nothing follows.
    private Runnable deliver() throws InterruptedException {
        while (true) {
            Outcome<byte[]> outcome;
            try {
                outcome = conversation.takings().take(null, this);
            } catch (ClientException e) { // the group's, not one that the subscriber throws
                return () -> subscriber.onError(e);
            }
            if (outcome == null) {
                return last();
            }
            demand.decrementAndGet();
            subscriber.onNext(outcome);
        }
    }

    private Runnable last() {
        IllegalArgumentException why = misuse;
        if (cancelled) {
            return () -> {};
        }
        return why == null ? subscriber::onComplete : () -> subscriber.onError(why);
    }

    private ClientException failed(Throwable why) {
        return new ClientException(
                Kind.CANCELLED, "group " + group + ": the subscriber failed: " + why, why);
    }
}
