package org.stagedpipe.overseer;

import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.cluster.ensemble.Ensemble.Change;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How full the fullest of the catalogue's values is. What has not changed is not measured again. Safe for use by many threads.
final class StoreGauge {

    private final Ensemble ensemble;
    private final CatalogueFormat format;
    private Map<String, Measured> measured = Map.of(); // guarded by this

    /// @param version of the part
    private record Measured(long version, double share) {}

    /// @param of the value's name, empty if there is none
    /// @param share of what one change can write, 1.0 for all of it
    record Reading(String of, double share) {}

    StoreGauge(Ensemble ensemble, CatalogueFormat format) {
        this.ensemble = ensemble;
        this.format = format;
    }

    synchronized Reading read(StoredCatalogue now) {
        Map<String, Measured> all = new HashMap<>();
        Reading fullest = new Reading("", 0);
        for (Map.Entry<String, StoredCatalogue.Part> one : now.parts().entrySet()) {
            String name = one.getKey();
            StoredCatalogue.Part part = one.getValue();
            Measured before = measured.get(name);
            Measured is =
                    before != null && before.version() == part.content().version()
                            ? before
                            : measure(name, part);
            all.put(name, is);
            fullest = is.share() > fullest.share() ? new Reading(name, is.share()) : fullest;
        }
        measured = all;
        return fullest;
    }

    private Measured measure(String name, StoredCatalogue.Part part) {
        Change change = new Change(name, part.valueVersion(), format.write(part.content()));
        return new Measured(part.content().version(), ensemble.share(List.of(change)));
    }
}
