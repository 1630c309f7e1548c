package org.stagedpipe.zookeeper;

import org.osgi.service.component.annotations.Component;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.cluster.ensemble.Ensembles;
import org.stagedpipe.cluster.ensemble.Terms;

import java.util.function.Consumer;

/// Ensembles on ZooKeeper, as a service.
@Component
public final class ZooKeeperEnsembles implements Ensembles {

    /// Without state.
    public ZooKeeperEnsembles() {}

    @Override
    public Ensemble open(Terms terms, Consumer<String> gaveUp) throws StoreException {
        return ZooKeeperEnsemble.open(terms, gaveUp);
    }
}
