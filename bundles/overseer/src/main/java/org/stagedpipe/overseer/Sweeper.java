package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.LibraryPublication;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/// Removes from the repository what nobody has needed for a time of grace: libraries, bundles that a crash left, uploads
/// that broke off. Versions of plugins stay until an operator deletes them. For one thread.
final class Sweeper {

    private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);
    private static final int SWEEPS_PER_GRACE = 4;
    private static final Duration RARELY = Duration.ofHours(1);

    private final Store store;
    private final Blobs blobs;
    private final Libraries libraries;
    private final AuditLog audit;
    private final Turn turn;
    private final Duration grace;
    private final LongSupplier wallMs;

    Sweeper(
            Store store,
            Blobs blobs,
            Libraries libraries,
            AuditLog audit,
            Turn turn,
            Duration grace,
            LongSupplier wallMs) {
        this.store = store;
        this.blobs = blobs;
        this.libraries = libraries;
        this.audit = audit;
        this.turn = turn;
        this.grace = grace;
        this.wallMs = wallMs;
    }

    /// How often to sweep.
    static Duration every(Duration grace) {
        Duration some = Duration.ofNanos(grace.toNanos() / SWEEPS_PER_GRACE);
        return some.compareTo(RARELY) < 0 ? some : RARELY;
    }

    /// Once. While an operator changes something it does nothing: the next time comes.
    void sweep() throws CallException, InterruptedException, StoreException, IOException {
        try (Turn.Held _ = turn.sweep()) {
            for (Library library : unneeded(store.catalogue())) {
                audit.<Boolean>record(
                        Initiator.ITSELF,
                        "delete library",
                        "",
                        subjects -> {
                            subjects.about(library);
                            libraries.remove(library);
                            return true;
                        });
            }
            long oldestMs = wallMs.getAsLong() - grace.toMillis();
            blobs.sweep(store.catalogue().bundles(), Instant.ofEpochMilli(oldestMs))
                    .forEach(sha256 -> LOG.info("blob {} was needed by nobody", sha256));
        }
    }

    private List<Library> unneeded(Catalogue catalogue) {
        List<Library> unneeded = new ArrayList<>();
        for (LibraryPublication published : catalogue.libraries()) {
            Library library = published.library();
            if (!published.isDeleted()
                    && catalogue.users(library).isEmpty()
                    && wallMs.getAsLong() - lastNeededMs(catalogue, published)
                            >= grace.toMillis()) {
                unneeded.add(library);
            }
        }
        return unneeded;
    }

    /// When the last version that needed it was deleted, or it was published.
    private static long lastNeededMs(Catalogue catalogue, LibraryPublication published) {
        return catalogue.entries().values().stream()
                .flatMap(entry -> entry.history().stream())
                .filter(publication -> publication.libraries().contains(published.library()))
                .mapToLong(Publication::deletedMs)
                .reduce(published.publishedMs(), Math::max);
    }
}
