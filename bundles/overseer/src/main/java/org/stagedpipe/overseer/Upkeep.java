package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble.Value;
import org.stagedpipe.repository.Blobs;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// What an overseer does whether it leads or not: looks which others live, fetches the bundles that it lacks, and removes
/// those that nobody needs. The last only while it follows: while it leads, the [Sweeper] does, between two changes.
///
/// Owns the threads `overseer-peers`, `overseer-rivals` and `overseer-bundles`: a look does not wait for a bundle, nor for an answer.
final class Upkeep implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final Duration RIVALS_EACH = Duration.ofMinutes(1);

    private final OverseerSettings settings;
    private final EnsembleStore store;
    private final Blobs blobs;
    private final Backlog backlog;
    private final Supplier<Value> seen;
    private final BooleanSupplier follows;
    private final LongSupplier nanos;
    private final List<Loop> loops;
    private Value read = Value.ABSENT; // of overseer-bundles, as all below
    private Catalogue known = Catalogue.EMPTY;
    private String said = "";
    private long sweptNanos;

    /// @param seen the catalogue's index as this overseer saw it last
    /// @param follows whether another overseer leads
    /// @param nanos monotonic
    Upkeep(
            OverseerSettings settings,
            EnsembleStore store,
            Blobs blobs,
            Peers peers,
            Rivals rivals,
            Replicas replicas,
            Supplier<Value> seen,
            BooleanSupplier follows,
            LongSupplier nanos) {
        this.settings = settings;
        this.store = store;
        this.blobs = blobs;
        this.backlog = new Backlog(replicas::findOrFetch, nanos);
        this.seen = seen;
        this.follows = follows;
        this.nanos = nanos;
        this.sweptNanos = nanos.getAsLong();
        this.loops =
                List.of(
                        new Loop("overseer-peers", settings.heartbeat(), peers::look),
                        new Loop("overseer-rivals", RIVALS_EACH, rivals::look),
                        new Loop("overseer-bundles", settings.heartbeat(), this::bundles));
    }

    void open() {
        loops.forEach(Loop::open);
    }

    /// One look at them.
    void bundles() throws InterruptedException {
        try {
            Value now = seen.get();
            if (now != read) {
                known = store.catalogue(now);
                read = now;
            }
            backlog.fetch(known.bundles());
            sweep();
            said = "";
        } catch (StoreException | IOException e) {
            String text = String.valueOf(e.getMessage());
            if (!text.equals(said)) {
                LOG.warn("bundles are not looked after: {}", text);
            }
            said = text;
        }
    }

    private void sweep() throws IOException {
        Duration grace = settings.collectAfter();
        long now = nanos.getAsLong();
        if (follows.getAsBoolean() && now - sweptNanos > Sweeper.every(grace).toNanos()) {
            sweptNanos = now;
            blobs.sweep(known.bundles(), Instant.now().minus(grace)) // as files' times
                    .forEach(sha256 -> LOG.info("blob {} was needed by nobody", sha256));
        }
    }

    @Override
    public void close() {
        loops.forEach(Loop::close);
    }
}
