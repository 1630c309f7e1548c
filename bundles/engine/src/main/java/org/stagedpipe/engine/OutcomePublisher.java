package org.stagedpipe.engine;

import org.stagedpipe.api.Outcome;

import java.util.Objects;
import java.util.concurrent.Flow;

/// Publishes a group's outcomes to one subscriber; a second one is refused.
final class OutcomePublisher<D, R> implements Flow.Publisher<Outcome<D>> {

    private final Group<D, R> group;

    OutcomePublisher(Group<D, R> group) {
        this.group = group;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super Outcome<D>> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        var subscription = new OutcomeSubscription<>(group, subscriber);
        if (group.takeSubscription(subscription)) {
            subscription.start();
        } else {
            subscriber.onSubscribe(new Nothing());
            subscriber.onError(
                    new IllegalStateException(
                            "group " + group.id() + " has a subscriber (expected: none)"));
        }
    }

    /// What a refused subscriber gets.
    private static final class Nothing implements Flow.Subscription {

        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
    }
}
