package org.stagedpipe.cluster.ensemble;

import org.stagedpipe.cluster.catalogue.StoreException;

/// Opens an overseer's part in an [Ensemble]. A service.
@FunctionalInterface
public interface Ensembles {

    /// Waits until this overseer is a part of it, at most half a minute.
    ///
    /// @throws StoreException if it cannot be; the text is one line
    Ensemble open(Terms terms) throws StoreException;
}
