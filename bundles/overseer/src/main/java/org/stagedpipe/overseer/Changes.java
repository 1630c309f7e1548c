package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.repository.PluginBundle;
import org.stagedpipe.repository.Upload;
import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/// What operators do to the catalogue, one change at a time, but for rollbacks, see [Turn]. Each method waits until its
/// change is through, and leaves everything as it was if it throws, unless it says otherwise.
final class Changes {

    /// What an operator announced of a bundle.
    ///
    /// @param signatures as in [Publication]; one, or none
    record Announced(
            Mode mode,
            String file,
            long size,
            String sha256,
            Duration timeout,
            @Nullable CanaryPolicy canary,
            boolean isDryRun,
            List<String> signatures) {

        boolean isSigned() {
            return !signatures.isEmpty();
        }
    }

    private static final int ID_DIGITS = 8;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    /// Where bundles are kept.
    ///
    /// @param blobs here
    /// @param replicas on the other overseers
    record Keeping(Blobs blobs, Replicas replicas) {}

    private final Store store;
    private final Blobs blobs;
    private final Replicas replicas;
    private final Nodes nodes;
    private final Rollout rollout;
    private final Rollouts rollouts;
    private final AuditLog audit;
    private final LongSupplier wallMs;
    private final Bundles bundles;
    private final Workers workers;
    private final DryRun dryRun;
    private final Turn turn;

    Changes(
            Store store,
            Keeping keeping,
            Nodes nodes,
            Rollout rollout,
            Rollouts rollouts,
            AuditLog audit,
            Turn turn,
            LongSupplier wallMs) {
        this.store = store;
        this.blobs = keeping.blobs();
        this.replicas = keeping.replicas();
        this.nodes = nodes;
        this.bundles = new Bundles(keeping.replicas(), nodes);
        this.workers = new Workers(nodes);
        this.dryRun = new DryRun(nodes);
        this.rollout = rollout;
        this.rollouts = rollouts;
        this.audit = audit;
        this.turn = turn;
        this.wallMs = wallMs;
    }

    /// How many workers would make a version ready. Waits for those that were here before this overseer led.
    int readyWorkers() throws InterruptedException {
        rollout.awaitWorkers();
        return workers.ready().size();
    }

    /// Installs, updates or verifies what was uploaded.
    ///
    /// @return the plugin's name
    /// @throws CallException INVALID, EXISTS, NOT_FOUND, REFUSED, CONFLICT
    String publish(Upload upload, Announced announced, Initiator by, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        if (announced.mode() == Mode.VERIFY || announced.isDryRun()) {
            return verify(upload, announced, by, steps);
        }
        String action = announced.mode().name().toLowerCase(Locale.ROOT);
        return audit.record(
                by, action, "", subjects -> publish(upload, announced, by, subjects, steps));
    }

    /// Refuses what publishing it would refuse, and says what that would do.
    private String verify(Upload upload, Announced announced, Initiator by, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        PluginBundle bundle = bundles.verified(upload, announced, steps);
        PluginVersion plugin = bundle.plugin();
        Catalogue catalogue = store.catalogue();
        Admission.check(catalogue, plugin);
        String known = known(catalogue, plugin, announced);
        if (announced.isDryRun() && !known.isEmpty()) {
            String signed =
                    announced.isSigned() ? "it would be signed as this file" : "nothing to do";
            steps.step("plan", known + ", " + signed);
            return plugin.name();
        }
        Admission.checkMode(catalogue, plugin, announced.mode());
        if (announced.isDryRun()) {
            rollouts.refuseWhileRunning(plugin.name());
        }
        List<Library> libraries = resolve(bundle, announced, catalogue, steps);
        CatalogueEntry added =
                Admission.entry(catalogue, publication(plugin, announced, by, libraries));
        dryRun.tell(catalogue, added, announced.canary(), steps);
        steps.step("verify", plugin + " can be published");
        return plugin.name();
    }

    /// One that is signed takes signed libraries where there are any: a worker that asks for signatures asks for those of libraries too.
    private List<Library> resolve(
            PluginBundle bundle, Announced announced, Catalogue catalogue, Steps steps)
            throws CallException, IOException, InterruptedException {
        Set<Library> first = announced.isSigned() ? catalogue.signedLibraries() : Set.of();
        return bundles.resolve(bundle, catalogue.availableLibraries(), first, steps);
    }

    private Publication publication(
            PluginVersion plugin, Announced announced, Initiator by, List<Library> libraries) {
        return new Publication(
                plugin,
                wallMs.getAsLong(),
                announced.file(),
                by.name(),
                0,
                libraries,
                announced.signatures());
    }

    private String publish(
            Upload upload,
            Announced announced,
            Initiator by,
            AuditLog.Subjects subjects,
            Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        PluginBundle bundle = bundles.verified(upload, announced, steps);
        PluginVersion plugin = bundle.plugin();
        subjects.about(plugin, current(plugin.name()));
        String what = announced.mode().name().toLowerCase(Locale.ROOT) + " " + plugin;
        try (Turn.Held _ = turn.take(what, plugin.name())) {
            Catalogue catalogue = store.catalogue();
            Admission.check(catalogue, plugin);
            String known = known(catalogue, plugin, announced);
            if (!known.isEmpty()) {
                sign(plugin, known, announced, steps);
                return plugin.name();
            }
            Admission.checkMode(catalogue, plugin, announced.mode());
            rollouts.refuseWhileRunning(plugin.name());
            List<Library> libraries = resolve(bundle, announced, catalogue, steps);
            CatalogueEntry entry =
                    Admission.entry(catalogue, publication(plugin, announced, by, libraries));
            store(upload, plugin, steps);
            RolloutRecord begun =
                    new RolloutRecord(
                            UUID.randomUUID().toString().substring(0, ID_DIGITS),
                            current(plugin.name()),
                            plugin,
                            announced.canary(),
                            RolloutState.PUSHING,
                            0,
                            "workers make it ready",
                            by.name(),
                            wallMs.getAsLong(),
                            wallMs.getAsLong());
            roll(begun, entry, announced.timeout(), steps);
            return plugin.name();
        }
    }

    /// Which groups get the version already, so that this file brings no more than a signature; empty if it is to be published. While a
    /// canary tries it, a file without one is refused as any other.
    private static String known(Catalogue catalogue, PluginVersion plugin, Announced announced) {
        if (catalogue.current().contains(plugin)) {
            return plugin + " is what new groups get already";
        }
        boolean isTried =
                catalogue
                        .running(plugin.name())
                        .filter(running -> running.state().isTried() && running.to().equals(plugin))
                        .isPresent();
        return isTried && announced.isSigned() ? plugin + " is what a canary tries" : "";
    }

    /// Workers learn of one more signature of what they may hold already, and try again what they refused.
    private void sign(PluginVersion plugin, String known, Announced announced, Steps steps)
            throws CallException, InterruptedException, StoreException {
        if (!announced.isSigned()) {
            steps.step("commit", known + ", nothing to do");
            return;
        }
        steps.step("sign", known + ", now signed as this file");
        change(plugin.name(), now -> now.signed(plugin, announced.signatures()), steps);
    }

    /// Gives new groups an older version; a rollout of the plugin that is on its way is given up, whatever its state.
    ///
    /// Other plugins' changes go on beside it. For another change of the same plugin it waits, at most for the timeout.
    ///
    /// @param version empty for what new groups got before the current one
    /// @param timeout for the workers to make it ready
    /// @throws CallException NOT_FOUND, REFUSED, CONFLICT
    void rollback(String name, String version, Duration timeout, Initiator by, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        audit.<Boolean>record(
                by,
                "rollback",
                name,
                subjects -> {
                    Admission.installed(store.catalogue(), name);
                    GivenUp givenUp = giveUp(name, timeout, by, steps);
                    try (Turn.Held _ = givenUp.turn()) {
                        // One may have begun, and let go of the turn, since the last look.
                        boolean isGivenUp = giveUp(name, by, steps) || givenUp.isSome();
                        Catalogue catalogue = store.catalogue();
                        CatalogueEntry entry = Admission.installed(catalogue, name);
                        PluginVersion current = entry.current();
                        PluginVersion target =
                                isGivenUp && version.isEmpty() && current != null
                                        ? current
                                        : Admission.rollbackTarget(catalogue, entry, version);
                        subjects.about(target, current);
                        rollback(entry, target, timeout, steps);
                    }
                    return true;
                });
    }

    private void rollback(CatalogueEntry entry, PluginVersion target, Duration timeout, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        if (target.equals(entry.current())) {
            steps.step("commit", target + " is what new groups get already, nothing to do");
            return;
        }
        List<Library> libraries = entry.librariesOf(target);
        bundles.resolve(bundles.of(target), libraries, Set.of(), steps);
        WorkerPlan needs = Wire.needs(store.catalogue(), entry, target);
        rollout.push(
                new Push(target, needs, ""),
                null,
                timeout,
                steps,
                () -> rollout.route(now -> now.with(entry.routed(target)), steps));
        steps.step("drain", entry.current() + " leaves when its groups have ended");
    }

    /// Gives new groups nothing. The history stays, so that a version can never come back with other bytes.
    ///
    /// @throws CallException NOT_FOUND, CONFLICT
    void uninstall(String name, Initiator by, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        exclusively(
                by,
                "uninstall",
                name,
                subjects -> {
                    CatalogueEntry entry = Admission.installed(store.catalogue(), name);
                    PluginVersion current = entry.current();
                    if (current != null) {
                        subjects.about(current, current);
                    }
                    rollouts.refuseWhileRunning(name);
                    change(name, now -> now.routed(null), steps);
                    steps.step("drain", current + " leaves when its groups have ended");
                });
    }

    /// Removes the bundle of a version that nothing uses. The history stays, with its digest.
    ///
    /// Waits until the members have said what they use; a new leader does not know it yet.
    ///
    /// Coordinators forget the version before its bundle goes. A group that was opened on it by its number in between, and
    /// is in no heartbeat yet, then fails where a worker lacks it.
    ///
    /// @throws CallException NOT_FOUND, REFUSED with who uses it, CONFLICT
    void delete(String name, String version, Initiator by, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        exclusively(
                by,
                "delete",
                name,
                subjects -> {
                    rollouts.refuseWhileRunning(name); // before the look: it may end meanwhile
                    Catalogue catalogue = store.catalogue();
                    CatalogueEntry entry =
                            catalogue
                                    .known(name)
                                    .orElseThrow(() -> Admission.unknown(catalogue, name));
                    PluginVersion target = Admission.available(entry, version);
                    subjects.about(target, entry.current());
                    refuseIfUsed(entry, target);
                    nodes.awaitHeartbeats(); // users may be on their way here
                    refuseIfUsed(entry, target);
                    long nowMs = wallMs.getAsLong();
                    change(name, now -> now.deleted(target, nowMs), steps);
                    blobs.remove(target.sha256());
                    steps.step("delete", "sha-256 " + target.sha256());
                });
    }

    private void refuseIfUsed(CatalogueEntry entry, PluginVersion version) throws CallException {
        Use use = Use.of(nodes, version);
        Admission.unused(entry, version, use.groups(), use.holders());
    }

    /// Gives a version a label, or takes a label away. Groups in progress notice nothing.
    ///
    /// @param version empty: no version has the label any more
    /// @throws CallException NOT_FOUND, INVALID, CONFLICT
    void label(String name, String version, String label, Initiator by)
            throws CallException, InterruptedException, StoreException, IOException {
        exclusively(
                by,
                "label",
                name,
                subjects -> {
                    CatalogueEntry entry = Admission.installed(store.catalogue(), name);
                    if (version.isEmpty()) {
                        change(name, now -> now.unlabelled(label), Steps.UNSEEN);
                        return;
                    }
                    PluginVersion target = Admission.available(entry, version);
                    subjects.about(target, entry.current());
                    Admission.checkLabel(entry, label, target);
                    change(name, now -> now.labelled(label, target), Steps.UNSEEN);
                });
    }

    /// Changes a plugin's entry as it is then: a rollout of it may go on, or end, at any time.
    private void change(String name, UnaryOperator<CatalogueEntry> change, Steps steps)
            throws CallException, InterruptedException, StoreException {
        rollout.apply(now -> now.with(change.apply(now.known(name).orElseThrow())), steps);
    }

    /// A change that returns nothing.
    @FunctionalInterface
    private interface Change {
        void run(AuditLog.Subjects subjects)
                throws CallException, InterruptedException, StoreException, IOException;
    }

    /// An operator decides over a rollout.
    ///
    /// @throws CallException NOT_FOUND; REFUSED if it is in no state for that
    RolloutEntry decide(String id, Decision decision, Initiator by)
            throws CallException, InterruptedException, StoreException, IOException {
        RolloutRecord about = rollouts.find(id);
        String action = decision.name().toLowerCase(Locale.ROOT);
        return audit.record(
                by,
                "rollout " + action,
                about.to().name(),
                subjects -> {
                    subjects.about(about.to(), current(about.to().name()));
                    return rollouts.entry(
                            rollouts.decide(id, decision, "an operator decided it: " + by.name()));
                });
    }

    /// @param isSome whether a rollout was on its way
    private record GivenUp(Turn.Held turn, boolean isSome) {}

    /// Takes the turn for a rollback. A rollout that is on its way ends, also one that begins meanwhile.
    private GivenUp giveUp(String name, Duration patience, Initiator by, Steps steps)
            throws CallException, InterruptedException, StoreException {
        String what = "rollback of " + name;
        long deadline = System.nanoTime() + patience.toNanos();
        boolean isSome = giveUp(name, by, steps);
        Turn.Held held = turn.takeBeside(what, name, LOOK_AGAIN);
        while (held == null && System.nanoTime() < deadline) {
            isSome |= giveUp(name, by, steps);
            held = turn.takeBeside(what, name, LOOK_AGAIN);
        }
        return new GivenUp(held == null ? turn.take(what, name) : held, isSome);
    }

    private boolean giveUp(String name, Initiator by, Steps steps)
            throws CallException, InterruptedException, StoreException {
        RolloutRecord running = store.catalogue().running(name).orElse(null);
        if (running == null) {
            return false;
        }
        String why = by.name() + " rolled the plugin back";
        try {
            steps.rollout(RolloutWire.of(rollouts.decide(running.id(), Decision.ABORT, why)));
            return true;
        } catch (CallException e) {
            RolloutState now = rollouts.find(running.id()).state();
            if (now.isEnd()) { // it, or somebody else, was faster
                return now == RolloutState.ROLLED_BACK;
            }
            throw e;
        }
    }

    private void exclusively(Initiator by, String action, String name, Change change)
            throws CallException, InterruptedException, StoreException, IOException {
        audit.<Boolean>record(
                by,
                action,
                name,
                subjects -> {
                    try (Turn.Held _ = turn.take(action + " of " + name, name)) {
                        change.run(subjects);
                        return true;
                    }
                });
    }

    private @Nullable PluginVersion current(String name) throws StoreException {
        return store.catalogue().known(name).map(CatalogueEntry::current).orElse(null);
    }

    private void store(Upload upload, PluginVersion plugin, Steps steps)
            throws CallException, StoreException, IOException, InterruptedException {
        blobs.keep(upload);
        replicas.spread(plugin.sha256(), steps);
        steps.step("store", "sha-256 " + plugin.sha256());
    }

    private void roll(RolloutRecord begun, CatalogueEntry entry, Duration timeout, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        PluginVersion plugin = begun.to();
        @Nullable String failure = "the overseer stopped";
        try {
            rollouts.begin(begun, steps);
            WorkerPlan needs = Wire.needs(store.catalogue(), entry, plugin);
            rollout.push(
                    new Push(plugin, needs, begun.id()),
                    begun.canary(),
                    timeout,
                    steps,
                    () -> rollouts.ready(begun, entry, steps));
            if (begun.from() != null && begun.canary() == null) {
                steps.step("drain", begun.from() + " leaves when its groups have ended");
            }
            failure = null;
        } catch (CallException | StoreException e) {
            failure = String.valueOf(e.getMessage());
            throw e;
        } finally {
            if (failure != null) {
                failed(begun, failure, steps);
            }
        }
    }

    private void failed(RolloutRecord begun, String why, Steps steps)
            throws CallException, StoreException, IOException {
        rollouts.ended(begun, why, steps);
        if (!store.catalogue().bundles().contains(begun.to().sha256())) {
            blobs.remove(begun.to().sha256());
        }
    }
}
