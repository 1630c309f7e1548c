package org.stagedpipe.worker.plugin;

import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// The versions that were uninstalled, the last few: whether their class loaders are collected. Belongs to the host's thread.
///
/// While one is not, a collection is asked for at most once a second and only for a bounded time after the uninstall: a
/// loader that something holds on to is not worth more.
final class Departures {

    private static final int KEPT = 20;
    private static final Duration BETWEEN_COLLECTIONS = Duration.ofSeconds(1);
    private static final Duration COLLECT_FOR = Duration.ofSeconds(30);

    private static final class Departure {
        final PluginVersion version;
        final WeakReference<ClassLoader> loader;
        final long at;
        boolean collected;

        Departure(PluginVersion version, WeakReference<ClassLoader> loader, long at) {
            this.version = version;
            this.loader = loader;
            this.at = at;
        }
    }

    private final Deque<Departure> departures = new ArrayDeque<>();
    private final Runnable collector;
    private long lastCollection;

    /// @param collector asks for a collection
    Departures(Runnable collector, long now) {
        this.collector = collector;
        this.lastCollection = now - BETWEEN_COLLECTIONS.toNanos();
    }

    void add(PluginVersion version, WeakReference<ClassLoader> loader, long now) {
        departures.addLast(new Departure(version, loader, now));
        while (departures.size() > KEPT) {
            departures.removeFirst();
        }
    }

    /// Looks who is gone.
    void look(long now) {
        boolean worthIt = false;
        for (Departure departure : departures) {
            if (!departure.collected) {
                departure.collected = departure.loader.refersTo(null);
                worthIt |= !departure.collected && now - departure.at < COLLECT_FOR.toNanos();
            }
        }
        if (worthIt && now - lastCollection >= BETWEEN_COLLECTIONS.toNanos()) {
            lastCollection = now;
            collector.run();
        }
    }

    boolean isPending() {
        return departures.stream().anyMatch(departure -> !departure.collected);
    }

    List<PluginStatus> statuses(long now) {
        return departures.stream().map(departure -> status(departure, now)).toList();
    }

    private static PluginStatus status(Departure departure, long now) {
        boolean held = !departure.collected && now - departure.at >= COLLECT_FOR.toNanos();
        return PluginStatus.newBuilder()
                .setPlugin(departure.version)
                .setState(departure.collected ? State.UNLOADED : State.UNLOADING)
                .setText(
                        held
                                ? "its class loader is still in use "
                                        + COLLECT_FOR.toSeconds()
                                        + " s after the uninstall"
                                : "")
                .build();
    }
}
