package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;

@Timeout(20)
class PublisherTest {

    /// Asks for nothing by itself.
    private static final class Subscriber implements Flow.Subscriber<Outcome<byte[]>> {
        final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
        final BlockingQueue<Long> received = new LinkedBlockingQueue<>();
        final CompletableFuture<Object> end = new CompletableFuture<>();
        final CompletableFuture<Thread> thread = new CompletableFuture<>();
        Runnable effect = () -> {};

        @Override
        public void onSubscribe(Flow.Subscription given) {
            thread.complete(Thread.currentThread());
            subscription.complete(given);
        }

        @Override
        public void onNext(Outcome<byte[]> outcome) {
            received.add(outcome.sequence());
            effect.run();
        }

        @Override
        public void onError(Throwable error) {
            end.complete(error);
        }

        @Override
        public void onComplete() {
            end.complete("complete");
        }
    }

    private final Subscriber subscriber = new Subscriber();

    @Test
    void givesAsManyAsWereAskedForAndCompletesWithoutDemand() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().open()) {
            group.publisher().subscribe(subscriber);
            for (int i = 0; i < 5; i++) {
                group.submit(new byte[1]);
            }
            group.finish();
            Flow.Subscription subscription = subscriber.subscription.get();
            subscription.request(2);
            assertEquals(0, subscriber.received.take());
            assertEquals(1, subscriber.received.take());
            Until.holds("all are here", () -> group.counts().ok() == 5);
            assertNull(subscriber.received.poll());

            subscription.request(1);
            assertEquals(2, subscriber.received.take());
            subscription.request(2);
            assertEquals("complete", subscriber.end.get());
            assertEquals(2, subscriber.received.size());
        }
    }

    @Test
    void hearsOfTheEndWithoutDemandWhenSomebodyElseTakesTheRest() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().open()) {
            group.submit(new byte[1]);
            Until.holds("it is here", () -> group.counts().ok() == 1);
            group.close();
            group.publisher().subscribe(subscriber);
            Until.waits(subscriber.thread.get());
            assertNotNull(group.take());
            assertInstanceOf(ClientException.class, subscriber.end.get());
        }
    }

    @Test
    void tellsThatTheGroupBroke() throws Exception {
        try (Cluster cluster =
                        Cluster.that(client -> {
                            throw new CallException(Kind.BUSY, "too much");
                        });
                Group group = cluster.group().open()) {
            group.publisher().subscribe(subscriber);
            subscriber.subscription.get().request(Long.MAX_VALUE);

            ClientException e = assertInstanceOf(ClientException.class, subscriber.end.get());
            assertTrue(e.getMessage().contains(": too much; "), e.getMessage());
        }
    }

    @Test
    void leavesTheRestToOthersWhenCancelled() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().open()) {
            group.publisher().subscribe(subscriber);
            group.submit(new byte[1]);
            Flow.Subscription subscription = subscriber.subscription.get();
            subscription.request(1);
            assertEquals(0, subscriber.received.take());
            subscription.cancel();
            subscription.request(10); // has no effect
            group.submit(new byte[1]);
            group.finish();

            assertNotNull(group.take());
            assertNull(group.take());
            assertEquals(false, subscriber.end.isDone());
        }
    }

    @ParameterizedTest
    @MethodSource("failures")
    void oneThatFailsEndsTheGroupAndIsTold(Throwable failure) throws Exception {
        subscriber.effect = () -> sneak(failure);
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().window(1, 1).open()) {
            group.publisher().subscribe(subscriber);
            subscriber.subscription.get().request(Long.MAX_VALUE);
            ClientException refused =
                    assertThrows(ClientException.class, () -> submitForEver(group));
            assertEquals(Kind.REFUSED, refused.kind());

            ClientException e = assertInstanceOf(ClientException.class, subscriber.end.get());
            assertEquals(Kind.CANCELLED, e.kind());
            assertSame(failure, e.getCause());
            assertEquals(
                    "group " + group.id() + ": the subscriber failed: " + failure, e.getMessage());
            assertEquals(1, subscriber.received.size());
        }
    }

    static List<Throwable> failures() {
        return List.of(
                new IllegalStateException("no room"),
                new AssertionError("wrong"),
                new ClientException(Kind.UNREACHABLE, "another group"));
    }

    @Test
    void oneThatLeavesItsThreadInterruptedIsTold() throws Exception {
        subscriber.effect = () -> Thread.currentThread().interrupt();
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().open()) {
            group.publisher().subscribe(subscriber);
            subscriber.subscription.get().request(Long.MAX_VALUE);
            group.submit(new byte[1]);

            Throwable e = assertInstanceOf(ClientException.class, subscriber.end.get());
            assertInstanceOf(InterruptedException.class, e.getCause());
        }
    }

    @Test
    void isNotInterruptedInItsEffectWhenCancelled() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        subscriber.effect =
                () -> {
                    began.countDown();
                    try {
                        mayEnd.await();
                        interrupted.complete(Thread.interrupted());
                    } catch (InterruptedException e) {
                        interrupted.complete(true);
                    }
                };
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().open()) {
            group.publisher().subscribe(subscriber);
            subscriber.subscription.get().request(Long.MAX_VALUE);
            group.submit(new byte[1]);
            began.await();
            subscriber.subscription.get().cancel();
            mayEnd.countDown();

            assertEquals(false, interrupted.get());
        }
    }

    private static void submitForEver(Group group) throws InterruptedException {
        while (true) {
            group.submit(new byte[1]);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable failure) throws T {
        throw (T) failure;
    }

    @Test
    void refusesARequestForNothing() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().open()) {
            group.publisher().subscribe(subscriber);
            subscriber.subscription.get().request(0);

            assertEquals(
                    "request: 0 (expected: >= 1)",
                    assertInstanceOf(IllegalArgumentException.class, subscriber.end.get())
                            .getMessage());
        }
    }
}
