package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.worker.leak.Suspect;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

class DeparturesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(4);
    private static final PluginVersion PLUG =
            PluginVersion.newBuilder().setName("plug").setVersion("1.0.0").build();

    private final Semaphore collect = new Semaphore(0);
    private final Semaphore collected = new Semaphore(0);
    private final BlockingQueue<Integer> searched = new LinkedBlockingQueue<>();
    private final BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();
    private final ClassLoader loader = new URLClassLoader("kept", new URL[0], null);
    private long now;

    @Test
    void looksForWhatHoldsALoaderOnlyOnceItHasOutlivedSomeCollections() throws Exception {
        Departures departures =
                new Departures(
                        () -> {
                            collect.acquireUninterruptibly();
                            collected.release();
                        },
                        this::search,
                        thrown::add,
                        PATIENCE,
                        now);
        departures.add(PLUG, new WeakReference<>(loader), now);
        departures.look(now); // begins the first one; this thread goes on meanwhile
        now += PATIENCE.toNanos() * 2;
        departures.look(now);
        assertEquals(List.of(), departures.held());
        for (int i = 0; i < Departures.COLLECTIONS; i++) {
            assertTrue(searched.isEmpty(), "after " + i + " collections");
            collect.release();
            assertTrue(collected.tryAcquire(60, TimeUnit.SECONDS));
            lookUntilNextStepBegins(departures, i + 1);
        }
        assertEquals(1, searched.poll(60, TimeUnit.SECONDS));
        while (departures.held().isEmpty()) {
            Thread.onSpinWait(); // the search ends
        }
        assertEquals(List.of("plug 1.0.0, held by a test"), departures.held());
        assertTrue(departures.isPending());
    }

    @Test
    void ofAVersionThatFailsAgainAndAgainOneCounts() {
        Departures departures = new Departures(() -> {}, this::search, thrown::add, PATIENCE, now);
        departures.addOnce(PLUG, new WeakReference<>(loader), now);
        departures.addOnce(PLUG, new WeakReference<>(loader), now);
        departures.addOnce(
                PLUG.toBuilder().setVersion("1.1.0").build(), new WeakReference<>(loader), now);
        assertEquals(2, departures.statuses(now).size());
    }

    @Test
    void manyThatLeaveTogetherAreAllLookedAt() throws Exception {
        int many = 25;
        Departures departures =
                new Departures(
                        collected::release,
                        suspects -> {
                            searched.add(suspects.size());
                            return suspects.stream()
                                    .collect(Collectors.toMap(suspect -> suspect, _ -> "a test"));
                        },
                        thrown::add,
                        PATIENCE,
                        now);
        for (int i = 0; i < many; i++) {
            PluginVersion version = PLUG.toBuilder().setVersion("1.0." + i).build();
            departures.add(version, new WeakReference<>(loader), now);
        }
        outliveAllCollections(departures);
        lookUntil(departures, () -> departures.leaks() == many);
        assertEquals(many, departures.held().size());
        departures.add(PLUG, new WeakReference<>(loader), now);
        assertEquals(20, departures.statuses(now).size()); // those that are judged go
    }

    @Test
    void aSearchThatThrowsIsToldAndDoneAgainAFewTimesAndTheLoaderCounts() throws Exception {
        OutOfMemoryError error = new OutOfMemoryError("a heap dump");
        Departures departures =
                collected(suspects -> {
                    searched.add(suspects.size());
                    throw error;
                });
        for (int i = 0; i < Departures.SEARCHES; i++) {
            lookUntil(departures, () -> !searched.isEmpty());
            assertSame(error, thrown.poll(60, TimeUnit.SECONDS));
            assertEquals(
                    List.of(
                            "plug 1.0.0, held by something that could not be looked for:"
                                    + " OutOfMemoryError: a heap dump"),
                    departures.held());
            assertEquals(1, departures.leaks());
            now += PATIENCE.toNanos() - 1;
            departures.look(now);
            assertEquals(1, searched.poll());
            now++;
        }
        departures.look(now);
        assertNull(thrown.poll(100, TimeUnit.MILLISECONDS));
    }

    @Test
    void oneThatNothingIsFoundToHoldIsLookedForAFewTimes() throws Exception {
        Departures departures =
                collected(suspects -> {
                    searched.add(suspects.size());
                    return Map.of();
                });
        for (int i = 0; i < Departures.SEARCHES; i++) {
            lookUntil(departures, () -> !searched.isEmpty());
            assertEquals(1, searched.poll());
            now += PATIENCE.toNanos();
        }
        departures.look(now);
        assertNull(searched.poll(100, TimeUnit.MILLISECONDS));
        assertEquals(0, departures.leaks());
    }

    @Test
    void whatASecondSearchFindsIsSaidInstead() throws Exception {
        Departures departures =
                collected(suspects -> {
                    if (searched.isEmpty()) {
                        searched.add(suspects.size());
                        throw new IllegalStateException("no heap dump");
                    }
                    return search(suspects);
                });
        lookUntil(departures, () -> !thrown.isEmpty());
        now += PATIENCE.toNanos();
        lookUntil(
                departures, () -> departures.held().equals(List.of("plug 1.0.0, held by a test")));
        assertEquals(1, departures.leaks());
    }

    /// A loader that has outlived all collections, so that what holds it is looked for.
    private Departures collected(Departures.Search search) {
        Departures departures =
                new Departures(collected::release, search, thrown::add, PATIENCE, now);
        departures.add(PLUG, new WeakReference<>(loader), now);
        outliveAllCollections(departures);
        return departures;
    }

    private void outliveAllCollections(Departures departures) {
        for (int i = 1; i <= Departures.COLLECTIONS; i++) {
            int done = i;
            now += PATIENCE.toNanos();
            lookUntil(departures, () -> collected.availablePermits() == done);
        }
    }

    private void lookUntil(Departures departures, BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "within a minute");
            departures.look(now);
        }
    }

    /// The collection is over when its thread says so, a moment after it collected.
    private void lookUntilNextStepBegins(Departures departures, int done) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < end) {
            now += TimeUnit.SECONDS.toNanos(1);
            departures.look(now);
            if (done == Departures.COLLECTIONS ? !searched.isEmpty() : collect.hasQueuedThreads()) {
                return;
            }
        }
    }

    private Map<Suspect, String> search(List<Suspect> suspects) {
        searched.add(suspects.size());
        return Map.of(suspects.getFirst(), "a test");
    }
}
