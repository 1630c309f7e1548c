package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;

import java.time.Duration;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Outcomes that go to collections of the user's.
@Timeout(20)
class TakingsTest {

    @Test
    void aCollectionMayWaitForWhoeverAsksTheGroup() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = withOutcomes(cluster, 3)) {
            List<Counts> counts = new ArrayList<>();
            AbstractCollection<Outcome<byte[]>> waiting =
                    new AbstractCollection<>() {
                        @Override
                        public boolean add(Outcome<byte[]> outcome) {
                            return counts.add(
                                    CompletableFuture.supplyAsync(group::counts)
                                            .orTimeout(15, TimeUnit.SECONDS)
                                            .join());
                        }

                        @Override
                        public Iterator<Outcome<byte[]>> iterator() {
                            throw new UnsupportedOperationException();
                        }

                        @Override
                        public int size() {
                            return counts.size();
                        }
                    };
            assertEquals(3, group.takeAll(waiting, 10));
            assertEquals(3, counts.size());
        }
    }

    @Test
    void whatACollectionRefusesIsThereForTheNextCall() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = withOutcomes(cluster, 5)) {
            Queue<Outcome<byte[]>> small = new ArrayBlockingQueue<>(3);
            assertThrows(IllegalStateException.class, () -> group.takeAll(small, 5));
            assertEquals(List.of(0L, 1L, 2L), small.stream().map(Outcome::sequence).toList());
            assertFalse(group.token().isDone(3));

            List<Outcome<byte[]>> rest = new ArrayList<>();
            assertEquals(2, group.takeAll(rest, 5));
            assertEquals(List.of(3L, 4L), rest.stream().map(Outcome::sequence).toList());
            group.finish();
            assertEquals(0, group.takeAll(rest, 5));
            assertTrue(group.isEnded());
        }
    }

    @Test
    void nobodyIsToldOfTheEndWhileOutcomesMayComeBack() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = withOutcomes(cluster, 2)) {
            Stuck stuck = new Stuck();
            CompletableFuture<Void> taking = takingAll(group, stuck, 2);
            stuck.reached.await();
            group.close();
            BlockingQueue<Optional<Outcome<byte[]>>> taken = new LinkedBlockingQueue<>();
            List<Thread> others = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                others.add(takingOne(group, taken));
            }
            for (Thread other : others) {
                Until.holds("it waits", () -> other.getState() == Thread.State.WAITING);
            }
            assertNull(group.poll(Duration.ofMillis(1)));
            assertFalse(group.isEnded());
            stuck.refuse();
            assertThrows(CompletionException.class, taking::join);

            List<Long> sequences = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Objects.requireNonNull(taken.poll(10, TimeUnit.SECONDS), "it waits for ever")
                        .ifPresent(outcome -> sequences.add(outcome.sequence()));
            }
            assertEquals(Set.of(0L, 1L), Set.copyOf(sequences));
            assertEquals(2, sequences.size());
            assertTrue(group.isEnded());
        }
    }

    @Test
    void whoWaitsIsToldOfTheEndWhenACollectionHasTheLast() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = withOutcomes(cluster, 2)) {
            Stuck stuck = new Stuck();
            CompletableFuture<Void> taking = takingAll(group, stuck, 2);
            stuck.reached.await();
            group.close();
            BlockingQueue<Optional<Outcome<byte[]>>> taken = new LinkedBlockingQueue<>();
            Thread other = takingOne(group, taken);
            Until.holds("it waits", () -> other.getState() == Thread.State.WAITING);
            stuck.accept();
            taking.join();
            assertEquals(Optional.empty(), taken.poll(10, TimeUnit.SECONDS));
        }
    }

    /// A large one waits for room, and what the collection takes makes none before it has all of it.
    @Test
    void aCollectionThatSubmitsIsNotHeldUpForEverByWhoWaitsForMuchRoom() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().ordered().window(40, 40).open()) {
            group.submit(new byte[10]);
            group.submit(new byte[10]);
            Until.holds("all outcomes are here", () -> group.counts().ok() == 2);
            Thread large =
                    Thread.startVirtualThread(() -> {
                        try {
                            group.submit(new byte[40]);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
            Until.holds("it waits", () -> large.getState() == Thread.State.TIMED_WAITING);
            long since = System.nanoTime();
            Until.holds(
                    "it claims what room there will be",
                    () -> System.nanoTime() - since > 3 * Submissions.PATIENCE_NANOS);
            List<Outcome<byte[]>> taken = new ArrayList<>();
            AbstractCollection<Outcome<byte[]>> submitting =
                    new AbstractCollection<>() {
                        @Override
                        public boolean add(Outcome<byte[]> outcome) {
                            try {
                                group.submit(new byte[1]);
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                            return taken.add(outcome);
                        }

                        @Override
                        public Iterator<Outcome<byte[]>> iterator() {
                            return taken.iterator();
                        }

                        @Override
                        public int size() {
                            return taken.size();
                        }
                    };
            assertEquals(2, group.takeAll(submitting, 2));
            for (int i = 0; i < 2; i++) {
                assertNotNull(group.take()); // then there is room
            }
            large.join();
        }
    }

    private static CompletableFuture<Void> takingAll(Group group, Stuck into, int most) {
        CompletableFuture<Void> taking = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                group.takeAll(into, most);
                taking.complete(null);
            } catch (IllegalStateException | InterruptedException e) {
                taking.completeExceptionally(e);
            }
        });
        return taking;
    }

    /// Adds the outcome; nothing if the group's end is all that comes.
    private static Thread takingOne(Group group, BlockingQueue<Optional<Outcome<byte[]>>> taken) {
        return Thread.startVirtualThread(() -> {
            try {
                taken.add(Optional.ofNullable(group.take()));
            } catch (ClientException e) {
                taken.add(Optional.empty());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /// Waits at its first outcome until it is told to take all, or none.
    private static final class Stuck extends AbstractCollection<Outcome<byte[]>> {

        private final CountDownLatch reached = new CountDownLatch(1);
        private final CompletableFuture<Boolean> takes = new CompletableFuture<>();

        void accept() {
            takes.complete(true);
        }

        void refuse() {
            takes.complete(false);
        }

        @Override
        public boolean add(Outcome<byte[]> outcome) {
            reached.countDown();
            if (!takes.join()) {
                throw new IllegalStateException("full");
            }
            return true;
        }

        @Override
        public Iterator<Outcome<byte[]>> iterator() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int size() {
            return 0;
        }
    }

    private static Group withOutcomes(Cluster cluster, int items) throws InterruptedException {
        Group group = cluster.group().ordered().open();
        for (int i = 0; i < items; i++) {
            group.submit(new byte[1]);
        }
        Until.holds("all outcomes are here", () -> group.counts().ok() == items);
        return group;
    }
}
