package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;

@Timeout(20)
class PublisherTest {

    /// Asks for nothing by itself.
    private static final class Subscriber implements Flow.Subscriber<Outcome<byte[]>> {
        final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
        final BlockingQueue<Long> received = new LinkedBlockingQueue<>();
        final CompletableFuture<Object> end = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription.complete(given);
        }

        @Override
        public void onNext(Outcome<byte[]> outcome) {
            received.add(outcome.sequence());
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
