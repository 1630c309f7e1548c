package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
import org.stagedpipe.repository.PluginBundle;
import org.stagedpipe.repository.Upload;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;

/// What was uploaded becomes a version that groups get: verified, resolved, stored, pushed to the workers. One of a plugin at a time, see
/// [Turn]. Each method waits until it is through, and leaves everything as it was if it throws, unless it says otherwise.
final class Releases {

    private static final Logger LOG = LoggerFactory.getLogger(Releases.class);
    private static final int ID_DIGITS = 8;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    private final Store store;
    private final Keeping keeping;
    private final Nodes nodes;
    private final Rollout rollout;
    private final Rollouts rollouts;
    private final AuditLog audit;
    private final LongSupplier wallMs;
    private final Bundles bundles;
    private final Workers workers;
    private final DryRun dryRun;
    private final Turn turn;

    Releases(Means means) {
        this.store = means.store();
        this.keeping = means.keeping();
        this.bundles = new Bundles(keeping.replicas(), means.nodes());
        this.workers = new Workers(means.nodes());
        this.nodes = means.nodes();
        this.dryRun = new DryRun(means.nodes());
        this.rollout = means.rollout();
        this.rollouts = means.rollouts();
        this.audit = means.audit();
        this.turn = means.turn();
        this.wallMs = means.wallMs();
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
        if (!announced.isChange()) {
            return verify(upload, announced, by, steps);
        }
        return audit.record(
                by,
                announced.action(),
                "",
                subjects -> publish(upload, announced, by, subjects, steps));
    }

    /// Follows a rollout that somebody asked for and asks for again: the overseer that began it may be gone, and its record goes on.
    /// Waits until groups get it, or some of them do.
    ///
    /// @return the plugin's name
    /// @throws CallException REFUSED if it was given up; UNREACHABLE if this overseer does not lead any more
    String follow(RolloutRecord begun, Steps steps)
            throws CallException, InterruptedException, StoreException {
        String id = begun.id();
        RolloutRecord now = begun;
        steps.rollout(rollouts.entry(now));
        while (now.state() == RolloutState.PUSHING) {
            Thread.sleep(LOOK_AGAIN);
            nodes.refuseIfClosed();
            now = rollouts.find(id);
        }
        if (!now.equals(begun)) {
            steps.rollout(rollouts.entry(now));
        }
        if (now.state() == RolloutState.ROLLED_BACK) {
            throw new CallException(Kind.REFUSED, now.text());
        }
        return now.to().name();
    }

    /// Refuses what publishing it would refuse, and says what that would do.
    private String verify(Upload upload, Announced announced, Initiator by, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        PluginBundle bundle = bundles.verified(upload, announced, steps);
        PluginVersion plugin = bundle.plugin();
        rollout.awaitWorkers(); // it is to resolve on them
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
        bundles.refuseUnsigned(plugin, added, catalogue);
        Room.check(store, catalogue.with(added), plugin);
        dryRun.tell(catalogue, added, announced.canary(), steps);
        steps.step("verify", plugin + " can be published");
        return plugin.name();
    }

    /// A version that is there keeps the libraries that it has, with which groups run on it, if it resolves with them. One that is
    /// signed takes signed libraries where there are any: a worker that asks for signatures asks for those of libraries too.
    private List<Library> resolve(
            PluginBundle bundle, Announced announced, Catalogue catalogue, Steps steps)
            throws CallException, InterruptedException {
        Set<Library> first = announced.isSigned() ? catalogue.signedLibraries() : Set.of();
        CatalogueEntry known = catalogue.known(bundle.plugin().name()).orElse(null);
        if (known != null && known.available().contains(bundle.plugin())) {
            List<Library> its = known.librariesOf(bundle.plugin());
            if (!announced.isSigned() || first.containsAll(its)) {
                try {
                    bundles.resolve(bundle, its, Set.of(), steps);
                    return its;
                } catch (CallException e) {
                    steps.step("resolve", e.getMessage() + "; it takes others");
                }
            }
        }
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
                announced.signatures(),
                null);
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
        subjects.about(plugin, store.catalogue().current(plugin.name()));
        rollout.awaitWorkers(); // it is to resolve on them; nobody waits for this turn meanwhile
        String what = announced.action() + " " + plugin;
        try (Turn.Held _ = turn.take(what, plugin.name())) {
            Catalogue catalogue = store.catalogue();
            Admission.check(catalogue, plugin);
            String known = known(catalogue, plugin, announced);
            if (!known.isEmpty()) {
                keeping.mend(upload, steps);
                sign(plugin, known, announced, steps);
                return plugin.name();
            }
            Admission.checkMode(catalogue, plugin, announced.mode());
            rollouts.refuseWhileRunning(plugin.name());
            List<Library> libraries = resolve(bundle, announced, catalogue, steps);
            Publication publication = publication(plugin, announced, by, libraries);
            CatalogueEntry entry = Admission.entry(catalogue, publication);
            bundles.refuseUnsigned(plugin, entry, catalogue);
            CanaryPolicy canary = announced.canary();
            RolloutRecord begun =
                    new RolloutRecord(
                            UUID.randomUUID().toString().substring(0, ID_DIGITS),
                            catalogue.current(plugin.name()),
                            plugin,
                            canary,
                            RolloutState.PUSHING,
                            0,
                            canary == null
                                    ? List.of()
                                    : workers.having(canary, 0, List.of(), List.of()),
                            publication,
                            announced.timeout(),
                            "workers make it ready",
                            by.name(),
                            announced.request(),
                            wallMs.getAsLong(),
                            wallMs.getAsLong());
            Room.check(store, catalogue.with(entry, begun), plugin);
            keeping.keep(upload, steps);
            roll(begun, entry, steps);
            note(begun, subjects);
            return plugin.name();
        }
    }

    /// The change is through by then, so it is that also without a note.
    private void note(RolloutRecord begun, AuditLog.Subjects subjects) {
        try {
            RolloutRecord now = store.catalogue().rollout(begun.id()).orElse(begun);
            if (now.text().equals(Rollouts.NO_WORKER)) {
                subjects.note(now.text());
            }
        } catch (StoreException e) {
            LOG.warn("what became of rollout {} is not known: {}", begun.id(), e.getMessage());
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
        List<String> more = announced.signatures();
        Catalogue catalogue = store.catalogue();
        CatalogueEntry entry = catalogue.known(plugin.name()).orElseThrow();
        Room.check(store, catalogue.with(entry.signed(plugin, more)), plugin);
        steps.step("sign", known + ", now signed as this file");
        rollout.sign(
                now -> now.with(now.known(plugin.name()).orElseThrow().signed(plugin, more)),
                steps);
    }

    /// Pushes on what the overseer before this one was pushing: its bundle is on a majority of the overseers, what is to be published in
    /// the store. Nobody follows it; whoever asks for the rollout sees its end.
    ///
    /// @throws CallException as [#publish]; CONFLICT while another change runs; UNREACHABLE while all are to get it, and none is here
    void pushOn(RolloutRecord left, Publication publication)
            throws CallException, InterruptedException, StoreException, IOException {
        PluginVersion plugin = left.to();
        boolean hasWorker = readyWorkers() > 0; // they may have ended with that overseer
        if (!hasWorker && left.workers().isEmpty()) {
            throw new CallException(
                    Kind.UNREACHABLE,
                    "no worker is here yet (expected: one that makes "
                            + plugin
                            + " ready, or an abort)");
        }
        try (Turn.Held _ = turn.take("rollout of " + plugin, plugin.name())) {
            audit.<Boolean>record(
                    Initiator.ITSELF,
                    "rollout push: the overseer before ended",
                    plugin.name(),
                    subjects -> {
                        subjects.about(plugin, left.from());
                        CatalogueEntry entry = Admission.entry(store.catalogue(), publication);
                        roll(left, entry, Steps.UNSEEN);
                        return true;
                    });
        }
    }

    private void roll(RolloutRecord begun, CatalogueEntry entry, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        PluginVersion plugin = begun.to();
        @Nullable String failure = "the overseer stopped";
        try {
            if (store.catalogue().rollout(begun.id()).isEmpty()) {
                rollouts.begin(begun, steps);
            }
            Needs needs = Needs.of(store.catalogue(), entry, plugin);
            rollout.push(
                    new Push(plugin, needs, begun.id(), begun.workers()),
                    rollouts.timeout(begun),
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
            keeping.drop(begun.to().sha256(), Steps.UNSEEN);
        }
    }
}
