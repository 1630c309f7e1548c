package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Cancellation;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.Lineage;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;

import java.util.List;
import java.util.Set;

/// The store as one term writes it.
///
/// @param origin the term's own number, drawn at random: its epoch may be that of another one, of a store restored from a backup
record TermStore(EnsembleStore all, long origin, EnsembleStore.Writer writer) implements Store {

    @Override
    public Catalogue catalogue() throws StoreException {
        return all.catalogue();
    }

    @Override
    public Lineage lineage() throws StoreException {
        return all.lineage();
    }

    @Override
    public void confirm() throws StoreException {
        all.confirm();
    }

    @Override
    public boolean replace(Catalogue next) throws StoreException {
        return all.replace(next, origin, writer);
    }

    @Override
    public double share(Catalogue next) throws StoreException {
        return all.share(next);
    }

    @Override
    public Set<String> workers() throws StoreException {
        return all.workers();
    }

    @Override
    public void workers(Set<String> names) throws StoreException {
        all.workers(names, writer);
    }

    @Override
    public Set<String> cordoned() throws StoreException {
        return all.cordoned();
    }

    @Override
    public void cordoned(Set<String> names) throws StoreException {
        all.cordoned(names, writer);
    }

    @Override
    public List<Cancellation> cancellations() throws StoreException {
        return all.cancellations();
    }

    @Override
    public void cancellations(List<Cancellation> orders) throws StoreException {
        all.cancellations(orders, writer);
    }
}
