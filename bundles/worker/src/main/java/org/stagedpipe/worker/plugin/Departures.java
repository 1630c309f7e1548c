package org.stagedpipe.worker.plugin;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.worker.leak.Suspect;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// The versions and libraries that were uninstalled: whether their class loaders are collected. Of those of which that is known the last few.
/// Belongs to the host's thread.
///
/// While one is not, a collection is asked for, again and again with pauses between, and only for a bounded time after the
/// uninstall. What holds a loader that is still there then is looked for once, all that are due together: that stops the
/// process for a moment, so it has to have outlived [#COLLECTIONS] of them, too; a young loader takes as many until it is old
/// enough to be looked at. A search that fails is done again, [#SEARCHES] times in all; the loader counts as held meanwhile. So is
/// one that finds nothing: what no dump shows, the compiler say, may have held the loader in the dump's collection, and lets
/// it go. Both happen on threads of their own: they keep a carrier from all virtual threads for as long.
final class Departures {

    private static final Logger LOG = LoggerFactory.getLogger(Departures.class);
    private static final int KEPT = 20;
    private static final int MAX_PENDING = 1_000; // each is in every heartbeat
    private static final Duration BETWEEN_COLLECTIONS = Duration.ofSeconds(2);

    /// What survives one more than the worker's MaxTenuringThreshold is not merely young; what dead objects still refer to takes some more.
    static final int COLLECTIONS = 5;

    static final int SEARCHES = 3;

    /// Says what holds each class loader; nothing for those that nothing holds any more. May take seconds.
    @FunctionalInterface
    interface Search {
        Map<Suspect, String> holdersOf(List<Suspect> suspects) throws IOException;
    }

    private final class Departure {
        final PluginVersion version;
        final Suspect suspect;
        final long at;
        final int outlived; // collections before, and the one that runs
        boolean collected;
        int searches; // begun
        long lastSearch;
        volatile boolean searched; // and found
        volatile String holder = "";

        Departure(PluginVersion version, Suspect suspect, long at) {
            this.version = version;
            this.suspect = suspect;
            this.at = at;
            this.outlived = collections.get() + (collecting.get() ? 1 : 0);
        }

        boolean isHeld(long now) {
            return !collected
                    && now - at >= patience.toNanos()
                    && collections.get() - outlived >= COLLECTIONS;
        }

        boolean isToSearch(long now) {
            return isHeld(now)
                    && !searched
                    && searches < SEARCHES
                    && (searches == 0 || now - lastSearch >= patience.toNanos());
        }

        /// Whether no look will say more of it.
        boolean isJudged() {
            return collected || searched || searches == SEARCHES;
        }

        void heldBy(String text) {
            if (holder.isEmpty() != text.isEmpty()) {
                leaks.addAndGet(text.isEmpty() ? -1 : 1); // a search that failed may have said so
            }
            holder = text;
        }

        PluginStatus status(long now) {
            return PluginStatus.newBuilder()
                    .setPlugin(version)
                    .setState(collected ? State.UNLOADED : State.UNLOADING)
                    .setText(isHeld(now) ? text() : "")
                    .build();
        }

        private String text() {
            return "its class loader is still in use "
                    + patience.toMillis()
                    + " ms after the uninstall"
                    + (holder.isEmpty() ? "" : ", held by " + holder);
        }
    }

    private final Deque<Departure> departures = new ArrayDeque<>();
    private final Runnable collector;
    private final Search search;
    private final Consumer<Throwable> failed;
    private final Duration patience;
    private final Duration between;
    private final AtomicInteger leaks = new AtomicInteger();
    private final AtomicBoolean searching = new AtomicBoolean();
    private final AtomicBoolean collecting = new AtomicBoolean();
    private final AtomicInteger collections = new AtomicInteger();
    private long lastCollection;

    /// @param collector asks for a collection
    /// @param failed told what a collection or a search threw, on its thread
    /// @param patience until what is not collected counts as held; and until a search that failed is done again
    Departures(
            Runnable collector,
            Search search,
            Consumer<Throwable> failed,
            Duration patience,
            long now) {
        this.collector = collector;
        this.search = search;
        this.failed = failed;
        this.patience = patience;
        this.between =
                shorter(BETWEEN_COLLECTIONS, Duration.ofNanos(patience.toNanos() / COLLECTIONS));
        this.lastCollection = now - between.toNanos();
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    void add(PluginVersion version, WeakReference<ClassLoader> loader, long now) {
        departures.addLast(new Departure(version, new Suspect(loader), now));
        while (departures.size() > KEPT && forgetOne()) {
            // one less
        }
    }

    /// One that may come and go with each attempt at a version that fails again and again. Of these one counts: the first.
    void addOnce(PluginVersion version, WeakReference<ClassLoader> loader, long now) {
        boolean isKnown =
                departures.stream()
                        .anyMatch(other -> !other.collected && other.version.equals(version));
        if (!isKnown) {
            add(version, loader, now);
        }
    }

    /// The oldest that is collected; if none is, the oldest that is judged.
    ///
    /// @return false if all are to be judged yet
    private boolean forgetOne() {
        Optional<Departure> least =
                first(departure -> departure.collected)
                        .or(() -> first(Departure::isJudged))
                        .or(() -> first(_ -> departures.size() > MAX_PENDING));
        return least.map(departures::remove).orElse(false);
    }

    private Optional<Departure> first(Predicate<Departure> which) {
        return departures.stream().filter(which).findFirst();
    }

    /// Those whose class loaders something is known to hold, as of the last look.
    List<String> held() {
        return departures.stream()
                .filter(departure -> !departure.collected && !departure.holder.isEmpty())
                .map(departure -> Texts.of(departure.version) + ", held by " + departure.holder)
                .toList();
    }

    /// How many class loaders were held, in all. By any thread.
    int leaks() {
        return leaks.get();
    }

    /// Looks who is gone.
    void look(long now) {
        boolean worthIt = false;
        List<Departure> held = new ArrayList<>();
        for (Departure departure : departures) {
            departure.collected = departure.collected || departure.suspect.isGone();
            worthIt |= !departure.collected && !departure.isHeld(now);
            if (departure.isToSearch(now)) {
                held.add(departure);
            }
        }
        if (worthIt
                && now - lastCollection >= between.toNanos()
                && collecting.compareAndSet(false, true)) {
            lastCollection = now;
            start("plugin-collect", collecting, this::collect);
        }
        if (!held.isEmpty() && searching.compareAndSet(false, true)) {
            for (Departure departure : held) {
                departure.searches++;
                departure.lastSearch = now;
            }
            start("plugin-leak", searching, () -> search(held));
        }
    }

    private void collect() {
        try {
            collector.run();
        } finally {
            collections.incrementAndGet();
        }
    }

    private void search(List<Departure> held) {
        try {
            Map<Suspect, String> holders =
                    search.holdersOf(held.stream().map(departure -> departure.suspect).toList());
            for (Departure departure : held) {
                String holder = holders.getOrDefault(departure.suspect, "");
                departure.heldBy(holder);
                departure.searched = !holder.isEmpty();
            }
        } catch (IOException e) {
            LOG.warn("what holds a plugin's class loader is not known: {}", e.toString());
            heldByWhoKnows(held, e);
        } catch (RuntimeException | Error e) {
            heldByWhoKnows(held, e);
            throw e;
        }
    }

    private static void heldByWhoKnows(List<Departure> held, Throwable e) {
        String text = "something that could not be looked for: " + Texts.of(e);
        held.forEach(departure -> departure.heldBy(text));
    }

    /// On a thread of its own, if there can be another one.
    private void start(String name, AtomicBoolean running, Runnable work) {
        boolean started = false;
        try {
            Thread.ofPlatform()
                    .name(name)
                    .daemon()
                    .start(() -> {
                        try {
                            work.run();
                        } catch (RuntimeException | Error e) {
                            failed.accept(e);
                        } finally {
                            running.set(false);
                        }
                    });
            started = true;
        } finally {
            if (!started) {
                running.set(false);
            }
        }
    }

    boolean isPending() {
        return departures.stream().anyMatch(departure -> !departure.collected);
    }

    List<PluginStatus> statuses(long now) {
        return departures.stream().map(departure -> departure.status(now)).toList();
    }
}
