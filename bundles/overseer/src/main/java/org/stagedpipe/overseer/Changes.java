package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.repository.PluginBundle;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/// What operators do to versions that are published, one change of a plugin at a time, see [Turn]. Each method waits
/// until its change is through, and leaves everything as it was if it throws, unless it says otherwise. How they come is [Releases].
final class Changes {

    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    private final Store store;
    private final Keeping keeping;
    private final Nodes nodes;
    private final Rollout rollout;
    private final Rollouts rollouts;
    private final AuditLog audit;
    private final LongSupplier wallMs;
    private final Bundles bundles;
    private final Turn turn;

    Changes(Means means) {
        this.store = means.store();
        this.keeping = means.keeping();
        this.nodes = means.nodes();
        this.bundles = new Bundles(keeping.replicas(), means.nodes());
        this.rollout = means.rollout();
        this.rollouts = means.rollouts();
        this.audit = means.audit();
        this.turn = means.turn();
        this.wallMs = means.wallMs();
    }

    /// Gives new groups another version; a rollout of the plugin that is on its way is given up, whatever its state.
    ///
    /// For another change of the same plugin it waits, at most for the timeout. Once new groups get the version, which is when the
    /// first worker has it ready, the next one may begin; it waits on for the others.
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
                version,
                subjects -> {
                    Catalogue before = store.catalogue();
                    CatalogueEntry asked = Admission.installed(before, name);
                    @Nullable PluginVersion tried =
                            before.running(name).map(RolloutRecord::to).orElse(null);
                    if (!version.isEmpty()) {
                        Admission.available(asked, version); // before a rollout ends for it
                    }
                    GivenUp givenUp = giveUp(name, timeout, by, steps);
                    try (Turn.Held held = givenUp.turn()) {
                        // One may have begun, and let go of the turn, since the last look.
                        boolean isGivenUp = giveUp(name, by, steps) || givenUp.isSome();
                        Catalogue catalogue = store.catalogue();
                        CatalogueEntry entry = Admission.installed(catalogue, name);
                        PluginVersion current = entry.current();
                        boolean isLeft = // what was tried, by this or by another operator
                                isGivenUp
                                        || tried != null
                                                && Objects.equals(asked.current(), current);
                        if (version.isEmpty() && !isLeft && !Objects.equals(tried, current)) {
                            refuseIfChanged(name, asked.current(), current);
                        }
                        PluginVersion target =
                                isLeft && version.isEmpty() && current != null
                                        ? current
                                        : Admission.rollbackTarget(entry, version);
                        subjects.about(target, current);
                        rollback(entry, target, timeout, held, steps);
                    }
                    return true;
                });
    }

    /// Whoever asks twice to leave one version is not to leave two.
    private static void refuseIfChanged(
            String name, @Nullable PluginVersion asked, @Nullable PluginVersion now)
            throws CallException {
        if (!Objects.equals(asked, now)) {
            throw new CallException(
                    Kind.CONFLICT,
                    name
                            + ": new groups get "
                            + (now == null ? "nothing" : now.version())
                            + " by now (expected: "
                            + (asked == null ? "nothing" : asked.version())
                            + ", as it was when this was asked for)");
        }
    }

    /// Back to the version before, nobody gets the current one unasked then; to another one that the operator chose, ranges still may.
    ///
    /// @param held until new groups get it: a worker that hangs holds up nobody else
    private void rollback(
            CatalogueEntry entry,
            PluginVersion target,
            Duration timeout,
            Turn.Held held,
            Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        PluginVersion current = entry.current();
        if (current == null || target.equals(current)) {
            steps.step("commit", target + " is what new groups get already, nothing to do");
            return;
        }
        List<Library> libraries = entry.librariesOf(target);
        PluginBundle bundle = bundles.of(target);
        try {
            bundles.resolve(bundle, libraries, Set.of(), steps);
        } catch (CallException e) { // the workers on which it does are enough, see the push
            steps.step("resolve", e.getMessage() + "; it is tried nevertheless");
        }
        Needs needs = Needs.of(store.catalogue(), entry, target);
        CatalogueEntry routed = entry.routed(target);
        boolean isBack = entry.beforeCurrent().equals(Optional.of(target));
        CatalogueEntry after = isBack ? routed.rejected(current) : routed;
        rollout.push(
                new Push(target, needs, ""),
                timeout,
                steps,
                () -> {
                    rollout.apply(now -> now.with(after), steps);
                    steps.step("drain", current + " leaves when its groups have ended");
                    held.close();
                });
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
                "",
                subjects -> {
                    CatalogueEntry entry = Admission.installed(store.catalogue(), name);
                    PluginVersion current = entry.current();
                    if (current != null) {
                        subjects.about(current, current);
                    }
                    rollouts.refuseWhileRunning(name);
                    rollout.change(name, now -> now.routed(null), steps);
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
    /// @throws CallException NOT_FOUND, REFUSED with who uses it or has not said what it uses, CONFLICT
    void delete(String name, String version, Initiator by, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        exclusively(
                by,
                "delete",
                name,
                version,
                subjects -> {
                    rollouts.refuseWhileRunning(name); // before the look: it may end meanwhile
                    CatalogueEntry entry = Admission.known(store.catalogue(), name);
                    PluginVersion target = Admission.available(entry, version);
                    subjects.about(target, target);
                    refuseIfUsed(entry, target);
                    nodes.awaitHeartbeats(); // users may be on their way here
                    refuseIfUsed(entry, target);
                    long nowMs = wallMs.getAsLong();
                    rollout.change(name, now -> now.deleted(target, nowMs), steps);
                    keeping.drop(target.sha256(), steps);
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
                (version.isEmpty() ? "remove label " : "label ") + label,
                name,
                version,
                subjects -> {
                    if (version.isEmpty()) {
                        CatalogueEntry known = Admission.known(store.catalogue(), name);
                        Admission.checkLabelled(known, label);
                        subjects.unlabelled(known.find(label).orElseThrow());
                        rollout.change(name, now -> now.unlabelled(label), Steps.UNSEEN);
                        return;
                    }
                    CatalogueEntry entry = Admission.installed(store.catalogue(), name);
                    PluginVersion target = Admission.available(entry, version);
                    subjects.about(
                            target,
                            entry.labels().containsKey(label)
                                    ? entry.find(label).orElseThrow()
                                    : null);
                    Admission.checkLabel(entry, label, target);
                    rollout.change(name, now -> now.labelled(label, target), Steps.UNSEEN);
                });
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
                    subjects.about(about.to(), store.catalogue().current(about.to().name()));
                    return rollouts.entry(
                            rollouts.decide(
                                    about, decision, "an operator decided it: " + by.name()));
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
        if (held == null) {
            steps.step("wait", "for another change of " + name);
        }
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
            steps.rollout(RolloutWire.of(rollouts.decide(running, Decision.ABORT, why)));
            return true;
        } catch (CallException e) {
            RolloutState now = rollouts.find(running.id()).state();
            if (now.isEnd()) { // it, or somebody else, was faster
                return now == RolloutState.ROLLED_BACK;
            }
            throw e;
        }
    }

    private void exclusively(
            Initiator by, String action, String name, String version, Change change)
            throws CallException, InterruptedException, StoreException, IOException {
        audit.<Boolean>record(
                by,
                action,
                name,
                version,
                subjects -> {
                    try (Turn.Held _ = turn.take(action + " of " + name, name)) {
                        change.run(subjects);
                        return true;
                    }
                });
    }
}
