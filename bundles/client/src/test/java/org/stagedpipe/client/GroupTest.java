package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// Groups whose coordinator keeps to the rules.
@Timeout(20)
class GroupTest {

    @Test
    void handsEachOutcomeOverOnceAndCounts() throws Exception {
        int items = 20_000;
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().configuration("{}").client("test").open()) {
            Thread.startVirtualThread(() -> submitAll(group, items));

            Set<Long> seen = new HashSet<>();
            for (Outcome<byte[]> outcome : group) {
                assertTrue(seen.add(outcome.sequence()), () -> "twice: " + outcome);
                String text = text(outcome.sequence());
                switch (outcome) {
                    case Outcome.Ok<byte[]> ok -> assertEquals(text, new String(ok.data(), UTF_8));
                    case Outcome.Failed<byte[]>(long _, Fault fault) ->
                            assertEquals(
                                    new Fault(Fault.Kind.STAGE, "clean", 1, text, false), fault);
                    case Outcome.Aborted<byte[]> aborted -> throw new AssertionError(aborted);
                }
            }

            assertEquals(items, seen.size());
            assertEquals(new Counts(items, items - items / 100, items / 100, 0), group.counts());
            assertEquals("1.2.0", group.version());
            assertEquals("c1", group.coordinator());
        }
    }

    @Test
    void sendsAndReceivesBigItemsInChunks() throws Exception {
        byte[] big = new byte[Cluster.ITEM_BYTES];
        new Random(1).nextBytes(big);
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().open()) {
            group.submit(new byte[0]);
            group.submit(big);
            group.submit(new byte[Cluster.FRAME_BYTES]);
            group.finish();

            for (int expected : new int[] {0, big.length, Cluster.FRAME_BYTES}) {
                Outcome.Ok<?> ok = assertInstanceOf(Outcome.Ok.class, group.take());
                assertEquals(expected, ((byte[]) ok.data()).length);
                if (ok.sequence() == 1) {
                    assertArrayEquals(big, (byte[]) ok.data());
                }
            }
            assertNull(group.take());
        }
    }

    @Test
    void refusesAnItemThatIsTooLargeAndGoesOn() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().open()) {
            ClientException e =
                    assertThrows(
                            ClientException.class,
                            () -> group.submit(new byte[Cluster.ITEM_BYTES + 1]));
            assertEquals(Kind.INVALID, e.kind());
            assertEquals(
                    "group "
                            + group.id()
                            + " of echo on c1 at "
                            + cluster.address()
                            + ": an item of 1048577 bytes (expected: at most 1048576)",
                    e.getMessage());

            assertEquals(0, group.submit(new byte[] {1}));
            group.finish();
            assertNotNull(group.take());
            assertNull(group.take());
            assertEquals(new Counts(1, 1, 0, 0), group.counts());
        }
    }

    @Test
    void submitsManyItemsInOneCall() throws Exception {
        List<Items> frames = Collections.synchronizedList(new ArrayList<>());
        try (Cluster cluster =
                        Cluster.that(client -> {
                            long count = 0;
                            for (GroupRequest request = client.next();
                                    request != null;
                                    request = client.next()) {
                                frames.add(request.getItems());
                                count += request.getItems().getSequencesCount();
                                client.send(echoed(request));
                            }
                            client.send(Cluster.closed(count, count, 0, 0));
                        });
                Group group = cluster.group().window(100, 1L << 20).open()) {
            List<byte[]> items = new ArrayList<>();
            for (int i = 0; i < 250; i++) {
                items.add(new byte[i % 7]);
            }
            Thread submitter =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    group.submitAll(items); // two and a half windows
                                    group.submitAll(List.of());
                                    group.finish();
                                } catch (InterruptedException e) {
                                    group.cancel("interrupted");
                                }
                            });
            for (int i = 0; i < items.size(); i++) {
                Outcome<byte[]> outcome = group.take();
                assertEquals(i, outcome == null ? -1 : outcome.sequence());
            }
            assertNull(group.take());
            submitter.join();
            assertEquals(new Counts(250, 250, 0, 0), group.counts());
            assertTrue(frames.getFirst().getSequencesCount() > 1, frames.toString());
        }
    }

    @Test
    void sendsALoneItemAtOnceAndManyTogetherWhileTheLineIsBusy() throws Exception {
        int items = 200_000;
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch read = new CountDownLatch(1);
        List<Items> frames = new ArrayList<>();
        try (Cluster cluster =
                        Cluster.that(client -> {
                            for (GroupRequest request = client.next();
                                    request != null;
                                    request = client.next()) {
                                frames.add(request.getItems());
                                first.countDown();
                                read.await();
                                client.send(echoed(request));
                            }
                            client.send(Cluster.closed(items, items, 0, 0));
                        });
                Group group = cluster.group().window(items, 1L << 30).open()) {
            group.submit(new byte[10]);
            first.await(); // without a second item to push it out
            for (int i = 1; i < items; i++) {
                group.submit(new byte[10]);
            }
            group.finish();
            read.countDown();
            for (int i = 0; i < items; i++) {
                assertNotNull(group.take());
            }
            assertNull(group.take());
            assertEquals(1, frames.getFirst().getSequencesCount());
            assertTrue(frames.stream().anyMatch(frame -> frame.getSequencesCount() == 256));
            for (Items frame : frames) {
                assertTrue(frame.getSequencesCount() <= 256);
                assertTrue(frame.getBody().size() <= Cluster.FRAME_BYTES);
            }
        }
    }

    @Test
    void makesSubmitWaitWhileTheWindowIsFull() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group items = cluster.group().window(2, 1_000).open();
                Group bytes = cluster.group().window(1_000, 10).open()) {
            items.submit(new byte[1]);
            items.submit(new byte[1]);
            assertWaitsUntilOneIsTaken(items, 1);

            bytes.submit(new byte[4]);
            bytes.submit(new byte[4]);
            assertWaitsUntilOneIsTaken(bytes, 4);
        }
    }

    @Test
    void letsOneItemLargerThanTheWindowGoAlone() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().window(10, 10).open()) {
            group.submit(new byte[100_000]);
            assertWaitsUntilOneIsTaken(group, 1);
        }
    }

    @Test
    void makesRoomForOneItemWhenOneOutcomeIsTakenOfMany() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().window(16, 1_000).open()) {
            for (int i = 0; i < 16; i++) {
                group.submit(new byte[1]);
            }
            Until.holds("all are answered", () -> group.counts().ok() == 16);
            assertWaitsUntilOneIsTaken(group, 1);
        }
    }

    /// Three threads keep the window full of small items, while a large one needs all of it.
    @Test
    @Timeout(60)
    void aLargeItemIsNotPassedForEverBySmallOnes() throws Exception {
        AtomicBoolean isIn = new AtomicBoolean();
        AtomicInteger open = new AtomicInteger();
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().window(100, 100).open()) {
            for (int i = 0; i < 3; i++) {
                Thread.startVirtualThread(() -> {
                    while (!isIn.get() && submits(group, 10)) {
                        open.incrementAndGet();
                    }
                });
            }
            Until.holds("the window is full", () -> open.get() >= 8);
            Thread.startVirtualThread(() -> isIn.set(submits(group, 1_000)));
            Until.holds(
                    Duration.ofSeconds(40),
                    "the large one is in",
                    () -> {
                        // The window is empty only if nobody submits for a while.
                        Instant patience = Instant.now().plusMillis(30);
                        while (open.get() < 6 && !isIn.get() && Instant.now().isBefore(patience)) {
                            Thread.onSpinWait();
                        }
                        if (!isIn.get() && took(group)) {
                            open.decrementAndGet();
                        }
                        return isIn.get();
                    });
        }
    }

    /// One that waits for outcomes does not stop for long whoever takes them and keeps as many items open.
    @Test
    void whoTakesOutcomesPassesALargeItem() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().window(100, 100).open()) {
            for (int i = 0; i < 5; i++) {
                group.submit(new byte[10]);
            }
            AtomicBoolean isIn = new AtomicBoolean();
            Thread.startVirtualThread(() -> isIn.set(submits(group, 1_000)));
            boolean wasHeld = false;
            for (int since = 0; since < 50; since += wasHeld ? 1 : 0) {
                long begun = System.nanoTime();
                group.submit(new byte[10]);
                wasHeld |= System.nanoTime() - begun > 500_000_000;
                assertNotNull(group.take());
            }
            assertFalse(isIn.get());
            Until.holds(
                    "the large one is in",
                    () -> {
                        took(group);
                        return isIn.get();
                    });
        }
    }

    private static boolean submits(Group group, int bytes) {
        try {
            group.submit(new byte[bytes]);
            return true;
        } catch (InterruptedException | ClientException e) {
            return false;
        }
    }

    private static boolean took(Group group) {
        try {
            return group.poll(Duration.ofMillis(100)) != null;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertWaitsUntilOneIsTaken(Group group, int bytes) throws Exception {
        CompletableFuture<Long> submitted = new CompletableFuture<>();
        Thread thread =
                Thread.startVirtualThread(() -> {
                    try {
                        submitted.complete(group.submit(new byte[bytes]));
                    } catch (InterruptedException | ClientException e) {
                        submitted.completeExceptionally(e);
                    }
                });
        Until.waits(thread);
        assertFalse(submitted.isDone());
        assertNotNull(group.take());
        assertNotNull(submitted.get());
    }

    @Test
    void endsTheWaitOfASubmitThatIsInterrupted() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().window(1, 1_000).open()) {
            group.submit(new byte[1]);
            CompletableFuture<Class<?>> thrown = new CompletableFuture<>();
            Thread thread =
                    Thread.startVirtualThread(() -> {
                        try {
                            group.submit(new byte[1]);
                        } catch (InterruptedException e) {
                            thrown.complete(e.getClass());
                        }
                    });
            Until.waits(thread);
            thread.interrupt();
            assertEquals(InterruptedException.class, thrown.get());

            group.finish();
            assertNotNull(group.take());
            assertNull(group.take());
            assertEquals(new Counts(1, 1, 0, 0), group.counts());
        }
    }

    @Test
    void slowsTheCoordinatorDownWhileNobodyReads() throws Exception {
        int items = 2_000;
        CompletableFuture<Thread> coordinator = new CompletableFuture<>();
        AtomicInteger answered = new AtomicInteger();
        try (Cluster cluster =
                        Cluster.that(client -> {
                            coordinator.complete(Thread.currentThread());
                            for (GroupRequest request = client.next();
                                    request != null;
                                    request = client.next()) {
                                client.send(echoed(request));
                                answered.addAndGet(request.getItems().getSequencesCount());
                            }
                            client.send(Cluster.closed(items, items, 0, 0));
                        });
                Group group = cluster.group().window(items, 1L << 30).open()) {
            byte[] item = new byte[60_000];
            for (int i = 0; i < items; i++) {
                group.submit(item);
            }
            group.finish();
            Until.waits(coordinator.get());
            assertTrue(answered.get() < items / 2, () -> answered + " answers, none read");

            for (int i = 0; i < items; i++) {
                assertNotNull(group.take());
            }
            assertNull(group.take());
        }
    }

    @Test
    void takesWhatIsThereOrWaitsAsLongAsItIsTold() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().open()) {
            assertNull(group.poll(Duration.ZERO));
            assertNull(group.poll(Duration.ofMillis(5)));
            assertFalse(group.isEnded());
            group.submit(new byte[1]);
            assertEquals(1, group.counts().accepted());
            assertNotNull(group.poll(ChronoUnit.FOREVER.getDuration()));
            group.finish();
            group.finish(); // has no effect
            assertNull(group.poll(Duration.ofSeconds(10)));
            assertTrue(group.isEnded());

            ClientException e =
                    assertThrows(ClientException.class, () -> group.submit(new byte[1]));
            assertEquals(Kind.REFUSED, e.kind());
            assertTrue(
                    e.getMessage().endsWith(": the group is finished and takes no more items"),
                    e.getMessage());
        }
    }

    @Test
    void endsWithoutAnyItem() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().open()) {
            group.finish();
            Iterator<Outcome<byte[]>> outcomes = group.iterator();
            assertFalse(outcomes.hasNext());
            assertThrows(NoSuchElementException.class, outcomes::next);
            assertEquals(new Counts(0, 0, 0, 0), group.counts());
        }
    }

    @Test
    void takesItemsAndGivesOutcomesToManyThreads() throws Exception {
        int threads = 8;
        int each = 2_000;
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().window(100, 1_000_000).open()) {
            List<CompletableFuture<List<Long>>> taken = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                CompletableFuture<List<Long>> sequences = new CompletableFuture<>();
                taken.add(sequences);
                Thread.startVirtualThread(() -> {
                    List<Long> mine = new ArrayList<>();
                    group.forEach(outcome -> mine.add(outcome.sequence()));
                    sequences.complete(mine);
                });
            }
            List<Thread> submitting =
                    IntStream.range(0, threads)
                            .mapToObj(i -> Thread.startVirtualThread(() -> submitOnly(group, each)))
                            .toList();
            for (Thread thread : submitting) {
                thread.join();
            }
            group.finish();

            Set<Long> all = new HashSet<>();
            for (CompletableFuture<List<Long>> sequences : taken) {
                for (long sequence : sequences.get()) {
                    assertTrue(all.add(sequence), () -> "twice: " + sequence);
                }
            }
            assertEquals(threads * each, all.size());
        }
    }

    private static GroupResponse echoed(GroupRequest request) {
        return GroupResponse.newBuilder().setOutcomes(Cluster.echoed(request.getItems())).build();
    }

    private static void submitAll(Group group, int items) {
        submitOnly(group, items);
        group.finish();
    }

    private static void submitOnly(Group group, int items) {
        try {
            for (int i = 0; i < items; i++) {
                group.submit(text(i).getBytes(UTF_8));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Every hundredth is a fault.
    private static String text(long sequence) {
        return (sequence % 100 == 99 ? "!" : "") + "item " + sequence;
    }
}
