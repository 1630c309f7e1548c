package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.protocol.v1.VersionLabel;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// Takes the cluster from one catalogue to the next: workers first, then the store, then the coordinators; the old
/// version goes last. A rollout that fails before the store has it leaves everything as it was. Safe for use by many
/// threads: workers hold what each of the pushes brings, whoever plans.
final class Rollout {

    private static final Logger LOG = LoggerFactory.getLogger(Rollout.class);

    private static final int MAX_ATTEMPTS = 5; // others change the catalogue too, each quickly

    private final Store store;
    private final Nodes nodes;
    private final Workers workers;
    private final Duration lease;

    private final ReentrantLock committing = new ReentrantLock(); // each has its own plugin's turn

    // Guarded by this.
    private final List<Push> pushes = new ArrayList<>();
    private Catalogue known = Catalogue.EMPTY; // by all coordinators: old versions may leave
    private long told = -1; // version of the catalogue that coordinators were told last
    private long toldRevision;

    // The store may have a change that the members were not told.
    private final AtomicBoolean isBehind = new AtomicBoolean();

    Rollout(Store store, Nodes nodes, Duration lease) {
        this.store = store;
        this.nodes = nodes;
        this.workers = new Workers(nodes);
        this.lease = lease;
    }

    /// Tells the members what the store holds.
    void resume() throws StoreException {
        Catalogue catalogue = store.catalogue();
        nodes.catalogue(catalogue.version(), store.lineage());
        known(catalogue);
        planAnew();
        tell(catalogue);
    }

    private synchronized long tell(Catalogue catalogue) {
        if (catalogue.version() > told) {
            told = catalogue.version();
            pushes.forEach(push -> push.look(catalogue)); // before those who wait are woken
            toldRevision = nodes.routes(routes(catalogue));
        }
        return toldRevision;
    }

    private synchronized void known(Catalogue catalogue) {
        if (catalogue.version() > known.version()) {
            known = catalogue;
        }
    }

    /// Brings a version to its workers beside what they hold; they drop it again unless `then` goes through.
    ///
    /// @throws CallException REFUSED with the worker's text, or why its rollout was given up
    void push(Push push, Duration timeout, Steps steps, Then then)
            throws CallException, InterruptedException, StoreException {
        awaitWorkers();
        boolean isThrough = false;
        try {
            begin(push);
            workers.push(push, this::plan, timeout, steps, then);
            isThrough = true;
        } finally {
            end(push, isThrough);
        }
    }

    /// Waits until the workers that the overseer before this one knew are back; for at most their lease.
    void awaitWorkers() throws InterruptedException {
        nodes.awaitSettled(lease.plus(lease)); // it ends with the grace, which is one lease
    }

    /// Whether there is one that makes ready what is pushed.
    boolean hasWorker() {
        return workers.hasAny();
    }

    /// As [Workers#having].
    List<String> having(CanaryPolicy canary, int step, List<String> before, List<String> gone) {
        return workers.having(canary, step, before, gone);
    }

    private synchronized void begin(Push push) throws StoreException {
        pushes.forEach(push::meets);
        pushes.add(push);
        push.look(store.catalogue()); // somebody may have been faster
    }

    private synchronized void end(Push push, boolean isThrough) {
        pushes.remove(push);
        if (isThrough) {
            pushes.forEach(other -> other.acquits(push));
        }
        planAnew();
    }

    /// What is to happen once its workers are ready, or the first of a rollback: one [#route], or [#apply].
    @FunctionalInterface
    interface Then {
        void run() throws CallException, InterruptedException, StoreException;
    }

    /// Commits a change and tells the members, coordinators first.
    ///
    /// @param change of whatever the catalogue is then
    void apply(UnaryOperator<Catalogue> change, Steps steps)
            throws CallException, InterruptedException, StoreException {
        route(change, steps);
        planAnew();
    }

    /// Changes a plugin's entry as it is then: a rollout of it may go on, or end, at any time.
    void change(String name, UnaryOperator<CatalogueEntry> change, Steps steps)
            throws CallException, InterruptedException, StoreException {
        apply(now -> now.with(change.apply(now.known(name).orElseThrow())), steps);
    }

    /// As [#apply], but workers are told also if they know: what they refused they try again, perhaps with a new key.
    void sign(UnaryOperator<Catalogue> change, Steps steps)
            throws CallException, InterruptedException, StoreException {
        route(change, steps);
        planAnew(nodes::plan);
    }

    /// As [#apply], but workers keep what they hold until the push ends that this is part of.
    void route(UnaryOperator<Catalogue> change, Steps steps)
            throws CallException, InterruptedException, StoreException {
        awaitWorkers(); // or no coordinator would be told
        Catalogue after;
        try {
            after = commit(change);
        } catch (StoreException e) {
            resumeAfter(e);
            throw e;
        }
        steps.step("commit", "catalogue " + after.version());
        workers.awaitCoordinators(tell(after), lease, steps);
        known(after);
    }

    private void resumeAfter(StoreException lost) {
        isBehind.set(true);
        try {
            catchUp();
        } catch (StoreException e) {
            lost.addSuppressed(e);
        }
    }

    /// Tells the members of a write whose answer was lost, as soon as the store answers again. Call it regularly.
    void catchUp() throws StoreException {
        if (!isBehind.getAndSet(false)) {
            return;
        }
        try {
            resume();
        } catch (StoreException e) {
            isBehind.set(true);
            throw e;
        }
    }

    private synchronized long plan() throws CallException {
        return nodes.plan(content());
    }

    private void planAnew() {
        planAnew(nodes::planIfNew);
    }

    /// How workers are told.
    @FunctionalInterface
    private interface Plan {
        void tell(Plans.Content content) throws CallException;
    }

    /// Workers keep the plan that they have if the new one is too large.
    private synchronized void planAnew(Plan plan) {
        try {
            plan.tell(content());
        } catch (CallException e) {
            LOG.error("{}", e.getMessage());
        }
    }

    /// What coordinators may send to workers, and what is pushed beside that.
    private synchronized Plans.Content content() {
        Set<PluginVersion> all = new LinkedHashSet<>(known.held());
        Map<PluginVersion, Set<String>> first = new HashMap<>();
        known.rollouts().stream()
                .filter(rollout -> rollout.state().isTried())
                .forEach(rollout -> first.put(rollout.to(), Set.copyOf(rollout.workers())));
        for (Push push : pushes) {
            all.add(push.version());
            first.put(push.version(), push.workers()); // who had it has it still
        }
        first.values().removeIf(Set::isEmpty);
        return new Plans.Content(
                pushedAnd(Needs.of(known)).toPlan(all),
                () -> pushedAnd(Needs.ofHeld(known)).toPlan(all),
                first.entrySet().stream()
                        .collect(
                                Collectors.toMap(
                                        entry -> Wire.of(entry.getKey()), Map.Entry::getValue)));
    }

    /// What is pushed counts before what was known of it.
    private synchronized Needs pushedAnd(Needs others) {
        Needs needs = new Needs();
        pushes.forEach(push -> needs.add(push.needs()));
        needs.add(others);
        return needs;
    }

    /// Commits a change; members hear of it no more than that there is one.
    Catalogue commit(UnaryOperator<Catalogue> change) throws CallException, StoreException {
        committing.lock();
        try {
            return committed(change);
        } finally {
            committing.unlock();
        }
    }

    private Catalogue committed(UnaryOperator<Catalogue> change)
            throws CallException, StoreException {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            nodes.refuseIfClosed(); // a change that outlived its term
            Catalogue after = change.apply(store.catalogue());
            if (isReplaced(after)) {
                nodes.catalogue(after.version(), store.lineage());
                return after;
            }
        }
        throw new CallException(
                Kind.CONFLICT, "the catalogue changed meanwhile (expected: one change at a time)");
    }

    /// A write whose answer was lost is looked for: this overseer is the only one that writes.
    ///
    /// @throws StoreException if it is not known whether the store has it
    private boolean isReplaced(Catalogue after) throws StoreException {
        try {
            return store.replace(after);
        } catch (StoreException lost) {
            if (isWritten(after, lost)) {
                return true;
            }
            throw lost;
        }
    }

    private boolean isWritten(Catalogue after, StoreException lost) {
        try {
            return store.catalogue().equals(after);
        } catch (StoreException e) {
            lost.addSuppressed(e);
            return false;
        }
    }

    /// What groups get under that catalogue: new ones, and those that were open on what is uninstalled.
    static ClusterView routes(Catalogue catalogue) {
        ClusterView.Builder routes = ClusterView.newBuilder();
        for (CatalogueEntry entry : catalogue.entries().values()) {
            if (entry.current() == null) {
                routes.addAllUninstalled(Wire.of(entry.available()));
            } else {
                routes.addRoutes(route(entry, catalogue.running(entry.name()).orElse(null)));
            }
        }
        return routes.build();
    }

    private static Route route(CatalogueEntry entry, @Nullable RolloutRecord rollout) {
        @Nullable PluginVersion current = entry.current();
        Route.Builder route = Route.newBuilder();
        if (current != null) {
            route.setCurrent(Wire.of(current));
        }
        if (rollout != null && rollout.percent() > 0) {
            route.setCanary(Wire.of(rollout.to()))
                    .setCanaryPercent(rollout.percent())
                    .addAllCanaryWorkers(rollout.workers());
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
        Set<PluginVersion> unasked = new HashSet<>(entry.accepted());
        if (rollout != null && rollout.state().isTried()) {
            unasked.remove(rollout.to());
        }
        for (PluginVersion version : entry.available()) {
            if (unasked.contains(version)) {
                route.addKnown(Wire.of(version));
            } else {
                route.addExact(Wire.of(version));
            }
        }
        return route.build();
    }
}
