package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.cluster.ensemble.Ensemble.Value;
import org.stagedpipe.overseer.StoredCatalogue.Part;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Reads the catalogue, and of each next one only the parts that changed. What it returns was the store's state at one time:
/// each part bears the version that the index names. Safe for use by many threads.
final class CatalogueReader {

    private static final int MAX_ATTEMPTS = 20; // others change it meanwhile, each quickly

    private final Ensemble ensemble;
    private final CatalogueFormat format;
    private volatile StoredCatalogue last = StoredCatalogue.NONE;

    CatalogueReader(Ensemble ensemble, CatalogueFormat format) {
        this.ensemble = ensemble;
        this.format = format;
    }

    /// What is known without reading it, because it was just written.
    void learn(StoredCatalogue written) {
        last = written;
    }

    /// Reads all of it next: the store may have been brought back to an earlier state.
    void forget() {
        last = StoredCatalogue.NONE;
    }

    /// The catalogue of that index, or a newer one: what is known already, or if a part of that one is gone already.
    ///
    /// @throws StoreException if it cannot be reached or read
    StoredCatalogue read(Value index) throws StoreException {
        Value now = index;
        SortedMap<String, Part> known = new TreeMap<>(last.parts());
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            if (now.version() < 0) {
                return StoredCatalogue.NONE;
            }
            CatalogueFormat.Index wanted = format.index(now.text(), StoredCatalogue.INDEX);
            StoredCatalogue before = last;
            if (wanted.version() <= before.whole().version()) {
                return before;
            }
            if (isRead(wanted, known)) {
                known.keySet().retainAll(wanted.parts().keySet());
                StoredCatalogue read = StoredCatalogue.of(wanted, now.version(), known);
                last = read;
                return read;
            }
            now = ensemble.read(StoredCatalogue.INDEX);
        }
        throw new StoreException("the catalogue changes faster than it can be read");
    }

    /// @param known gets the parts that it lacks
    /// @return false if one of them has another version than the index says: that has moved on
    private boolean isRead(CatalogueFormat.Index wanted, Map<String, Part> known)
            throws StoreException {
        for (Map.Entry<String, Long> one : wanted.parts().entrySet()) {
            String name = one.getKey();
            Part part = known.get(name);
            if (part == null || part.content().version() != one.getValue()) {
                Value value = ensemble.read(name);
                Catalogue content = format.read(value.text(), name);
                known.put(name, new Part(content, value.version()));
                if (content.version() != one.getValue()) {
                    return false;
                }
            }
        }
        return true;
    }
}
