package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Takes the cluster from one catalogue to the next: workers first, then the store, then the coordinators; the old
/// version goes last. A rollout that fails before the store has it leaves everything as it was. One at a time.
final class Rollout {

    private final Store store;
    private final Nodes nodes;
    private final Workers workers;
    private final Duration lease;

    Rollout(Store store, Nodes nodes, Duration lease) {
        this.store = store;
        this.nodes = nodes;
        this.workers = new Workers(nodes);
        this.lease = lease;
    }

    /// Tells the members what the store holds.
    void resume() throws StoreException {
        Catalogue catalogue = store.catalogue();
        nodes.plan(Wire.of(catalogue.current()));
        nodes.routes(routes(catalogue));
    }

    /// Makes the entry part of the catalogue; its current version goes to the workers first.
    ///
    /// @throws CallException REFUSED with the worker's text; nothing is changed then
    void run(CatalogueEntry entry, Duration timeout, Steps steps)
            throws CallException, InterruptedException, StoreException {
        Catalogue before = store.catalogue();
        nodes.awaitSettled(lease.multipliedBy(2));
        Catalogue after = before.with(entry);
        boolean committed = false;
        try {
            PluginVersion added = entry.current();
            if (added != null) {
                List<PluginVersion> both = new ArrayList<>(before.current());
                if (!both.contains(added)) {
                    both.add(added);
                }
                workers.push(both, added, timeout, steps);
            }
            commit(after, steps);
            committed = true;
        } finally {
            if (!committed) {
                nodes.plan(Wire.of(before.current()));
            }
        }
        workers.awaitCoordinators(nodes.routes(routes(after)), lease, steps);
        nodes.plan(Wire.of(after.current()));
        before.installed(entry.name())
                .map(CatalogueEntry::current)
                .filter(old -> !old.equals(entry.current()))
                .ifPresent(old -> steps.step("drain", old + " leaves when its groups have ended"));
    }

    /// Makes the entry, which has lost a version that nothing uses, part of the catalogue.
    void forget(CatalogueEntry entry, Steps steps)
            throws CallException, InterruptedException, StoreException {
        Catalogue after = store.catalogue().with(entry);
        commit(after, steps);
        workers.awaitCoordinators(nodes.routes(routes(after)), lease, steps);
    }

    private void commit(Catalogue after, Steps steps) throws CallException, StoreException {
        if (!store.replace(after)) {
            throw new CallException(
                    Kind.CONFLICT,
                    "the catalogue changed meanwhile (expected: one change at a time)");
        }
        steps.step("commit", "catalogue " + after.version());
    }

    private static List<Route> routes(Catalogue catalogue) {
        return catalogue.installed().stream().map(Rollout::route).toList();
    }

    private static Route route(CatalogueEntry entry) {
        @Nullable PluginVersion current = entry.current();
        Route.Builder route = Route.newBuilder();
        if (current != null) {
            route.setCurrent(Wire.of(current));
        }
        return route.addAllKnown(Wire.of(entry.available())).build();
    }
}
