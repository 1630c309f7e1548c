package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.StateMachine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.LockSupport;

/// Outcomes for a reactive subscriber.
@Timeout(20)
class OutcomePublisherTest {

    private final StateMachine<Integer, String> machine = Machines.mapping(x -> x + 1);

    @Test
    void publishesEveryOutcomeAndCompletes() throws Exception {
        Subscriber subscriber = new Subscriber(Long.MAX_VALUE);
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").ordered().open()) {
            group.publisher().subscribe(subscriber);
            for (int i = 0; i < 3; i++) {
                group.submit(i);
            }
            group.finish();
            Eventually.opens(subscriber.end);
        }
        assertEquals(
                List.of(new Outcome.Ok<>(0, 1), new Outcome.Ok<>(1, 2), new Outcome.Ok<>(2, 3)),
                subscriber.outcomes);
        assertEquals(null, subscriber.error);
    }

    /// Though whoever closes the group is faster.
    @Test
    void closingTheGroupLeavesASubscriberWhatItHasAskedFor() throws Exception {
        Subscriber subscriber =
                new Subscriber(1) {
                    @Override
                    public void onNext(Outcome<Integer> outcome) {
                        LockSupport.parkNanos(100_000);
                        super.onNext(outcome);
                    }
                };
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            group.publisher().subscribe(subscriber);
            for (int i = 0; i < 500; i++) {
                group.submit(i);
            }
            Eventually.holds("one", () -> subscriber.outcomes.size() == 1);
            subscriber.subscription().request(299);
            group.close();
            Eventually.opens(subscriber.end);
            assertEquals(500, group.counts().ok());
        }
        assertEquals(300, subscriber.outcomes.size());
    }

    @Test
    void givesNoMoreThanIsAskedFor() throws Exception {
        Subscriber subscriber = new Subscriber(2);
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").window(3).open()) {
            group.publisher().subscribe(subscriber);
            for (int i = 0; i < 5; i++) {
                group.submit(i);
            }
            assertEquals(Group.FULL, group.offer(5), "two are delivered, three in the window");
            Eventually.holds("two", () -> subscriber.outcomes.size() == 2);
            subscriber.subscription().request(3);
            Eventually.holds("five", () -> subscriber.outcomes.size() == 5);
            group.finish();
            Eventually.opens(subscriber.end);
        }
    }

    @Test
    void cancellingTheSubscriptionCancelsTheGroup() throws Exception {
        Subscriber subscriber = new Subscriber(1);
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            group.publisher().subscribe(subscriber);
            group.submit(1);
            Eventually.holds("one", () -> subscriber.outcomes.size() == 1);
            subscriber.subscription().cancel();
            assertThrows(GroupClosedException.class, () -> group.submit(2));
        }
        assertEquals(1, subscriber.outcomes.size());
    }

    @Test
    void refusesASecondSubscriberAndDemandBelowOne() throws Exception {
        Subscriber first = new Subscriber(0);
        Subscriber second = new Subscriber(1);
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            group.publisher().subscribe(first);
            group.publisher().subscribe(second);
            Eventually.opens(second.end);
            assertInstanceOf(IllegalStateException.class, second.error);
            Eventually.opens(first.end);
            assertInstanceOf(IllegalArgumentException.class, first.error);
        }
    }

    /// It has asked before, so the subscription's thread waits for an outcome.
    @Test
    void demandBelowOneIsRefusedAlsoWhileNothingComes() throws Exception {
        Subscriber subscriber = new Subscriber(1);
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            group.publisher().subscribe(subscriber);
            Eventually.holds("it waits", () -> group.outlet().isAwaited());
            subscriber.subscription().request(0);
            Eventually.opens(subscriber.end);
            assertInstanceOf(IllegalArgumentException.class, subscriber.error);
            assertThrows(GroupClosedException.class, () -> group.submit(1));
        }
        assertEquals(List.of(), subscriber.outcomes);
    }

    @Test
    void whateverASubscriberThrowsCancelsTheGroupAndIsItsError() throws Exception {
        AssertionError thrown = new AssertionError("not that");
        Subscriber inOnSubscribe =
                new Subscriber(1) {
                    @Override
                    public void onSubscribe(Flow.Subscription given) {
                        throw thrown;
                    }
                };
        Subscriber inOnNext =
                new Subscriber(1) {
                    @Override
                    public void onNext(Outcome<Integer> outcome) {
                        throw thrown;
                    }
                };
        for (Subscriber subscriber : List.of(inOnSubscribe, inOnNext)) {
            try (var pipelines = Pipelines.of(machine).open();
                    var group = pipelines.group("").window(1).open()) {
                group.publisher().subscribe(subscriber);
                assertThrows(
                        GroupClosedException.class,
                        () -> {
                            for (int i = 0; i < 3; i++) {
                                group.submit(i);
                            }
                        });
                Eventually.opens(subscriber.end);
                assertEquals(thrown, subscriber.error);
            }
        }
    }

    @Test
    void aSubscriberThatClosesItsGroupGetsWhatIsLeft() throws Exception {
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            Subscriber closing =
                    new Subscriber(Long.MAX_VALUE) {
                        @Override
                        public void onNext(Outcome<Integer> outcome) {
                            super.onNext(outcome);
                            group.close();
                        }
                    };
            for (int i = 0; i < 10; i++) {
                group.submit(i);
            }
            group.publisher().subscribe(closing);
            Eventually.opens(closing.end);
            assertEquals(10, closing.outcomes.size());
            assertEquals(null, closing.error);
        }
    }

    @Test
    void aSubscriberThatFailsAndClosesItsGroupEndsIt() throws Exception {
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            Subscriber failing =
                    new Subscriber(Long.MAX_VALUE) {
                        @Override
                        public void onNext(Outcome<Integer> outcome) {
                            throw new IllegalStateException("full");
                        }

                        @Override
                        public void onError(Throwable error) {
                            group.close();
                            super.onError(error);
                        }
                    };
            for (int i = 0; i < 10; i++) {
                group.submit(i);
            }
            group.publisher().subscribe(failing);
            Eventually.opens(failing.end);
            Eventually.holds("it ends", group::isEnded);
        }
    }

    @Test
    void aSubscriberThatClosesItsGroupAndCancelsEndsIt() throws Exception {
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").open()) {
            Subscriber leaving =
                    new Subscriber(Long.MAX_VALUE) {
                        @Override
                        public void onNext(Outcome<Integer> outcome) {
                            group.close();
                            subscription().cancel();
                        }
                    };
            for (int i = 0; i < 10; i++) {
                group.submit(i);
            }
            group.publisher().subscribe(leaving);
            Eventually.holds("it ends", group::isEnded);
        }
    }

    /// Asks for so many outcomes at first and notes what it gets.
    private static class Subscriber implements Flow.Subscriber<Outcome<Integer>> {

        private final long demand;
        private final List<Outcome<Integer>> outcomes = new CopyOnWriteArrayList<>();
        private final CountDownLatch end = new CountDownLatch(1);
        private volatile @Nullable Throwable error;
        private volatile Flow.@Nullable Subscription subscription;

        Subscriber(long demand) {
            this.demand = demand;
        }

        Flow.Subscription subscription() {
            Flow.Subscription given = subscription;
            if (given == null) {
                throw new AssertionError("no subscription");
            }
            return given;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(demand);
        }

        @Override
        public void onNext(Outcome<Integer> outcome) {
            outcomes.add(outcome);
        }

        @Override
        public void onError(Throwable thrown) {
            error = thrown;
            end.countDown();
        }

        @Override
        public void onComplete() {
            end.countDown();
        }
    }
}
