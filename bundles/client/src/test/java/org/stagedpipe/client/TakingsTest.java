package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;

import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
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
                                            .orTimeout(5, TimeUnit.SECONDS)
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

    private static Group withOutcomes(Cluster cluster, int items) throws InterruptedException {
        Group group = cluster.group().ordered().open();
        for (int i = 0; i < items; i++) {
            group.submit(new byte[1]);
        }
        Until.holds("all outcomes are here", () -> group.counts().ok() == items);
        return group;
    }
}
