package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Cancellation;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.Lineage;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.cluster.ensemble.Ensemble.Change;
import org.stagedpipe.cluster.ensemble.Ensemble.Value;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/// The store in what overseers share: the catalogue as a [StoredCatalogue], the workers' names, those of cordoned nodes and the
/// groups that are to end as one value each.
///
/// The overseer that leads is the only one that writes, so it reads the catalogue once and knows it from then on; [#forget]
/// when the lead comes or goes.
final class EnsembleStore implements Store {

    private static final Logger LOG = LoggerFactory.getLogger(EnsembleStore.class);

    private static final long NOBODY = 0; // of no term
    private static final String WORKERS = "workers";
    private static final String CORDONED = "cordoned";
    private static final String CANCELLED = "cancelled";

    private final Ensemble ensemble;
    private final CatalogueFormat format = new CatalogueFormat();
    private final ReentrantLock writing = new ReentrantLock();
    private final CatalogueReader reader;
    private final StoreGauge gauge;
    private volatile @Nullable StoredCatalogue known;
    private volatile int forgotten; // how often

    EnsembleStore(Ensemble ensemble) {
        this.ensemble = ensemble;
        this.reader = new CatalogueReader(ensemble, format);
        this.gauge = new StoreGauge(ensemble, format);
    }

    /// Reads anew what is asked for next.
    synchronized void forget() {
        reader.forget();
        known = null;
        forgotten++;
    }

    /// What was read first counts, unless it was forgotten meanwhile: a slow reader may have read before another's write.
    private synchronized void learn(StoredCatalogue read, int sinceForgotten) {
        if (known == null && forgotten == sinceForgotten) {
            known = read;
        }
    }

    /// @return false if all was forgotten meanwhile: another one may have written more
    private synchronized boolean learnWritten(StoredCatalogue written, int sinceForgotten) {
        if (forgotten != sinceForgotten) {
            return false;
        }
        reader.learn(written);
        known = written;
        return true;
    }

    /// The catalogue of that index, or a newer one; what has not changed since the last time is not read again.
    Catalogue catalogue(Value index) throws StoreException {
        return reader.read(index).whole();
    }

    @Override
    public Catalogue catalogue() throws StoreException {
        return known().whole();
    }

    @Override
    public Lineage lineage() throws StoreException {
        return known().lineage();
    }

    private StoredCatalogue known() throws StoreException {
        StoredCatalogue before = known;
        if (before != null) {
            return before;
        }
        int since = forgotten;
        StoredCatalogue read = reader.read(ensemble.read(StoredCatalogue.INDEX));
        learn(read, since);
        return read;
    }

    @Override
    public double share(Catalogue next) throws StoreException {
        return ensemble.share(known().to(next, NOBODY, format).changes());
    }

    @Override
    public void confirm() throws StoreException {
        ensemble.confirm();
    }

    /// This store for what is begun in a term: that is not written once the term has ended, also if this process leads again,
    /// because who leads then has told the members what the store held before.
    Store during(long epoch) {
        return new TermStore(
                this,
                UUID.randomUUID().getMostSignificantBits(),
                changes -> ensemble.write(epoch, changes));
    }

    /// How changes are written.
    @FunctionalInterface
    interface Writer {
        boolean write(List<Change> changes) throws StoreException;
    }

    @Override
    public boolean replace(Catalogue next) throws StoreException {
        return replace(next, NOBODY, ensemble::write);
    }

    boolean replace(Catalogue next, long origin, Writer writer) throws StoreException {
        writing.lock();
        boolean isKnown = false;
        int since = forgotten;
        try {
            StoredCatalogue before = known();
            if (before.whole().version() + 1 != next.version()) {
                isKnown = true;
                return false;
            }
            StoredCatalogue.Update update = before.to(next, origin, format);
            boolean written = writer.write(update.changes());
            isKnown = written && learnWritten(update.after(), since);
            return written;
        } finally {
            if (!isKnown) {
                forget();
            }
            writing.unlock();
        }
    }

    /// How full it is, as far as that is known without reading it.
    StoreGauge.Reading gauge() {
        StoredCatalogue now = known;
        return gauge.read(now == null ? StoredCatalogue.NONE : now);
    }

    @Override
    public Set<String> workers() throws StoreException {
        return names(WORKERS);
    }

    @Override
    public void workers(Set<String> names) throws StoreException {
        workers(names, ensemble::write);
    }

    void workers(Set<String> names, Writer writer) throws StoreException {
        write(WORKERS, names, writer);
    }

    @Override
    public Set<String> cordoned() throws StoreException {
        return names(CORDONED);
    }

    @Override
    public void cordoned(Set<String> names) throws StoreException {
        cordoned(names, ensemble::write);
    }

    void cordoned(Set<String> names, Writer writer) throws StoreException {
        write(CORDONED, names, writer);
    }

    @Override
    public List<Cancellation> cancellations() throws StoreException {
        List<Cancellation> all = new ArrayList<>();
        for (String line : ensemble.read(CANCELLED).text().lines().toList()) {
            cancellation(line).ifPresent(all::add);
        }
        return all;
    }

    /// One that cannot be read keeps nobody from leading.
    private static Optional<Cancellation> cancellation(String line) {
        try {
            String[] parts = line.split(" ", 3);
            return Optional.of(new Cancellation(parts[0], Long.parseLong(parts[1]), parts[2]));
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            LOG.warn("{}: \"{}\" (expected: a group, a time and a reason)", CANCELLED, line);
            return Optional.empty();
        }
    }

    @Override
    public void cancellations(List<Cancellation> all) throws StoreException {
        cancellations(all, ensemble::write);
    }

    void cancellations(List<Cancellation> all, Writer writer) throws StoreException {
        write(
                CANCELLED,
                all.stream()
                        .map(one -> one.group() + " " + one.orderedMs() + " " + one.reason())
                        .toList(),
                writer);
    }

    private Set<String> names(String value) throws StoreException {
        return new TreeSet<>(
                ensemble.read(value).text().lines().filter(name -> !name.isEmpty()).toList());
    }

    private void write(String value, Collection<String> lines, Writer writer)
            throws StoreException {
        writing.lock();
        try {
            Value before = ensemble.read(value);
            Change change = new Change(value, before.version(), String.join("\n", lines));
            if (!writer.write(List.of(change))) {
                throw StoreException.ofValue(value + " was written by another");
            }
        } finally {
            writing.unlock();
        }
    }
}
