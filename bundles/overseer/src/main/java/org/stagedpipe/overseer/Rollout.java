package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.PluginLibraries;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.protocol.v1.VersionLabel;
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

    // Guarded by this.
    private long told = -1; // version of the catalogue that coordinators were told last
    private long toldRevision;
    private @Nullable Thread pusher;
    private boolean leftOut; // a plan, because of the pusher

    Rollout(Store store, Nodes nodes, Duration lease) {
        this.store = store;
        this.nodes = nodes;
        this.workers = new Workers(nodes);
        this.lease = lease;
    }

    /// Tells the members what the store holds.
    void resume() throws StoreException {
        Catalogue catalogue = store.catalogue();
        plan(catalogue);
        tell(catalogue);
    }

    private synchronized long tell(Catalogue catalogue) {
        if (catalogue.version() > told) {
            told = catalogue.version();
            toldRevision = nodes.routes(routes(catalogue));
        }
        return toldRevision;
    }

    /// A version and the libraries that it needs beside what workers have.
    record Added(PluginVersion version, List<Library> libraries) {}

    /// Brings a version to all workers beside what they hold; they drop it again unless `then` goes through.
    ///
    /// @param added the version, and the libraries that it needs
    /// @param percents of the workers that get it first; each batch has it ready before the next one hears of it
    /// @throws CallException REFUSED with the worker's text
    void push(Added added, List<Integer> percents, Duration timeout, Steps steps, Then then)
            throws CallException, InterruptedException, StoreException {
        nodes.awaitSettled(lease.multipliedBy(2));
        boolean through = false;
        begin();
        try {
            Catalogue catalogue = store.catalogue();
            List<PluginVersion> both = new ArrayList<>(catalogue.held());
            if (!both.contains(added.version())) {
                both.add(added.version());
            }
            List<PluginLibraries> libraries = new ArrayList<>(Wire.libraries(catalogue));
            libraries.add(Wire.libraries(added.version(), added.libraries()));
            nodes.libraries(libraries);
            workers.push(new Workers.Push(both, added.version(), percents), timeout, steps);
            then.run();
            through = true;
        } finally {
            if (end() || !through) {
                plan(store.catalogue());
            }
        }
    }

    private synchronized void begin() {
        pusher = Thread.currentThread();
        leftOut = false;
    }

    /// Whether a plan was left out meanwhile.
    private synchronized boolean end() {
        pusher = null;
        return leftOut;
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
        workers.awaitCoordinators(tell(after), lease, steps);
        plan(store.catalogue());
    }

    private synchronized void plan(Catalogue catalogue) {
        if (pusher != null && pusher != Thread.currentThread()) {
            leftOut = true; // it would take away what is pushed; the pusher makes up for it
            return;
        }
        nodes.libraries(Wire.libraries(catalogue));
        nodes.plan(Wire.of(catalogue.held()));
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
        entry.labels()
                .forEach((label, version) ->
                        entry.find(version)
                                .filter(entry.available()::contains)
                                .ifPresent(plugin ->
                                        route.addLabels(
                                                VersionLabel.newBuilder()
                                                        .setLabel(label)
                                                        .setVersion(Wire.of(plugin)))));
        return route.addAllKnown(Wire.of(entry.available())).build();
    }
}
