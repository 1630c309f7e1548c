package org.stagedpipe.cluster.ensemble;

import org.stagedpipe.cluster.catalogue.StoreException;

import java.util.function.Consumer;

/// Opens an overseer's part in an [Ensemble]. A service.
@FunctionalInterface
public interface Ensembles {

    /// Waits until this overseer is a part of it, at most half a minute.
    ///
    /// @param gaveUp told why, if its part fails later and nothing but a new process helps; on any thread, perhaps again
    /// @throws StoreException if it cannot be; the text is one line
    Ensemble open(Terms terms, Consumer<String> gaveUp) throws StoreException;
}
