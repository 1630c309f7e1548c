package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
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

class DeparturesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Semaphore collect = new Semaphore(0);
    private final Semaphore collected = new Semaphore(0);
    private final BlockingQueue<Integer> searched = new LinkedBlockingQueue<>();
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
                        PATIENCE,
                        now);
        departures.add(
                PluginVersion.newBuilder().setName("plug").setVersion("1.0.0").build(),
                new WeakReference<>(loader),
                now);
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
        Departures departures = new Departures(() -> {}, this::search, PATIENCE, now);
        PluginVersion bad = PluginVersion.newBuilder().setName("plug").setVersion("1.0.0").build();
        departures.addFailed(bad, new WeakReference<>(loader), now);
        departures.addFailed(bad, new WeakReference<>(loader), now);
        departures.addFailed(
                bad.toBuilder().setVersion("1.1.0").build(), new WeakReference<>(loader), now);
        assertEquals(2, departures.statuses(now).size());
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
