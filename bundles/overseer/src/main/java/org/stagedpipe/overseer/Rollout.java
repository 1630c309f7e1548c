package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// Takes the cluster from one catalogue to the next: workers first, then the store, then the coordinators; the old
/// version goes last. A rollout that fails before the store has it leaves everything as it was. One at a time.
final class Rollout {

    private static final int MAX_ATTEMPTS = 5; // others change the catalogue too, each quickly

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
        nodes.plan(Wire.of(catalogue.held()));
        nodes.routes(routes(catalogue));
    }

    /// Brings a version to all workers beside what they hold; they drop it again unless `then` goes through.
    ///
    /// @param percents of the workers that get it first; each batch has it ready before the next one hears of it
    /// @throws CallException REFUSED with the worker's text
    void push(PluginVersion added, List<Integer> percents, Duration timeout, Steps steps, Then then)
            throws CallException, InterruptedException, StoreException {
        nodes.awaitSettled(lease.multipliedBy(2));
        boolean through = false;
        try {
            List<PluginVersion> both = new ArrayList<>(store.catalogue().held());
            if (!both.contains(added)) {
                both.add(added);
            }
            workers.push(new Workers.Push(both, added, percents), timeout, steps);
            then.run();
            through = true;
        } finally {
            if (!through) {
                nodes.plan(Wire.of(store.catalogue().held()));
            }
        }
    }

    /// What is to happen once all workers are ready.
    @FunctionalInterface
    interface Then {
        void run() throws CallException, InterruptedException, StoreException;
    }

    /// Commits a change and tells the members, coordinators first.
    ///
    /// @param change of whatever the catalogue is then
    void apply(UnaryOperator<Catalogue> change, Steps steps)
            throws CallException, InterruptedException, StoreException {
        Catalogue after = commit(change);
        steps.step("commit", "catalogue " + after.version());
        workers.awaitCoordinators(nodes.routes(routes(after)), lease, steps);
        nodes.plan(Wire.of(after.held()));
    }

    /// Commits a change that members do not see.
    Catalogue commit(UnaryOperator<Catalogue> change) throws CallException, StoreException {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            Catalogue after = change.apply(store.catalogue());
            if (store.replace(after)) {
                return after;
            }
        }
        throw new CallException(
                Kind.CONFLICT, "the catalogue changed meanwhile (expected: one change at a time)");
    }

    private static List<Route> routes(Catalogue catalogue) {
        return catalogue.installed().stream()
                .map(entry -> route(entry, catalogue.running(entry.name()).orElse(null)))
                .toList();
    }

    private static Route route(CatalogueEntry entry, @Nullable RolloutRecord rollout) {
        @Nullable PluginVersion current = entry.current();
        Route.Builder route = Route.newBuilder();
        if (current != null) {
            route.setCurrent(Wire.of(current));
        }
        if (rollout != null && rollout.percent() > 0) {
            route.setCanary(Wire.of(rollout.to())).setCanaryPercent(rollout.percent());
        }
        return route.addAllKnown(Wire.of(entry.available())).build();
    }
}
