package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;
import org.stagedpipe.cluster.catalogue.RolloutState.Event;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.VersionOutcomes;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/// Takes each rollout through its states, see [RolloutState]; every step is in the store before anybody acts on it.
///
/// Canaries are judged by [#judge], which the owner calls regularly. What was counted before this overseer led does not
/// count: after its predecessor's death a canary is held and judged anew. Safe for use by many threads; whoever moves a
/// rollout first does, and no lock is held while a move waits for coordinators.
final class Rollouts {

    private static final Logger LOG = LoggerFactory.getLogger(Rollouts.class);

    private static final int MAX_ATTEMPTS = 5;

    private final Store store;
    private final Nodes nodes;
    private final Rollout rollout;
    private final LongSupplier nanos;
    private final LongSupplier wallMs;
    private final Map<String, Trial> trials = new ConcurrentHashMap<>(); // by the rollouts' ids
    private final Map<RolloutRecord, String> ending = new ConcurrentHashMap<>(); // pushes, with why
    private final Map<RolloutRecord, String> said = new ConcurrentHashMap<>(); // of why they go on

    /// What was so when this overseer began to watch a canary.
    private record Trial(int step, long sinceNanos, VersionOutcomes old, VersionOutcomes now) {

        Trial from(long laterNanos) {
            return new Trial(step, laterNanos, old, now);
        }
    }

    Rollouts(Store store, Nodes nodes, Rollout rollout, LongSupplier nanos, LongSupplier wallMs) {
        this.store = store;
        this.nodes = nodes;
        this.rollout = rollout;
        this.nanos = nanos;
        this.wallMs = wallMs;
    }

    /// Ends what the overseer before this one had begun and nobody was routed to.
    void recover() throws CallException, StoreException {
        for (RolloutRecord left : store.catalogue().rollouts()) {
            if (left.state() == RolloutState.PUSHING) {
                commit(
                        left.id(),
                        Event.GIVE_UP,
                        "the overseer ended before all workers were ready");
            }
        }
    }

    /// A new one, before any worker hears of it.
    void begin(RolloutRecord begun, Steps steps) throws CallException, StoreException {
        rollout.commit(catalogue -> catalogue.with(begun));
        tell(begun, steps);
    }

    /// All workers are ready: a share of new groups gets it, or all.
    ///
    /// @param entry that has the version in its history
    void ready(RolloutRecord begun, CatalogueEntry entry, Steps steps)
            throws CallException, InterruptedException, StoreException {
        boolean tried = begun.canary() != null;
        RolloutRecord next =
                begun.after(
                        tried ? Event.TRY : Event.FINISH,
                        tried ? "new groups get it in part" : "all workers are ready",
                        wallMs.getAsLong());
        CatalogueEntry before = entry.routed(begun.from());
        CatalogueEntry routed = tried ? before : before.promoted(begun.to());
        try {
            rollout.route(
                    catalogue -> {
                        refuseIfMoved(catalogue, begun);
                        return catalogue.with(routed, next);
                    },
                    steps);
        } catch (MovedException e) {
            throw new CallException(
                    Kind.REFUSED,
                    "the rollout of " + begun.to() + " was given up: " + find(begun.id()).text(),
                    e);
        }
        if (tried) {
            trialOf(next);
        }
        tell(next, steps);
    }

    /// Its push has ended: nobody was routed to it, unless it is in another state by now. What the store does not take is
    /// tried again by [#judge].
    void ended(RolloutRecord begun, String why, Steps steps) throws CallException, StoreException {
        ending.put(begun, why);
        end(begun, why, steps);
        ending.remove(begun);
        said.remove(begun);
    }

    private void end(RolloutRecord begun, String why, Steps steps)
            throws CallException, StoreException {
        RolloutRecord next = begun.after(Event.GIVE_UP, why, wallMs.getAsLong());
        try {
            rollout.commit(catalogue -> moved(catalogue, begun, next));
            LOG.info("rollout {} of {} is {}: {}", next.id(), next.to(), word(next.state()), why);
            tell(next, steps);
        } catch (MovedException e) {
            RolloutRecord now = store.catalogue().rollout(begun.id()).orElse(next);
            if (now.state() == RolloutState.ROLLED_BACK) {
                tell(now, steps);
            } else {
                rollout.resume(); // its commit was made, though the answer may have been lost
            }
        }
    }

    /// An operator decides. If somebody else moves the rollout first, that counts for what it has become, but for an approval,
    /// which is of the step that the rollout was in.
    ///
    /// @throws CallException NOT_FOUND; REFUSED if it is in no state for that; CONFLICT if its step was approved already
    RolloutRecord decide(String id, Decision decision, String why)
            throws CallException, InterruptedException, StoreException {
        RolloutRecord first = find(id);
        RolloutRecord now = first;
        for (int attempt = 1; ; attempt++) {
            try {
                return decide(now, decision, why);
            } catch (CallException e) {
                if (e.kind() != Kind.CONFLICT || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
                now = find(id);
                if (decision == Decision.APPROVE && now.step() != first.step()) {
                    throw new CallException(
                            Kind.CONFLICT,
                            "rollout "
                                    + id
                                    + " is "
                                    + word(now.state())
                                    + " in step "
                                    + (now.step() + 1)
                                    + " by now (expected: an approval of step "
                                    + (first.step() + 1)
                                    + ")",
                            e);
                }
            }
        }
    }

    private RolloutRecord decide(RolloutRecord now, Decision decision, String why)
            throws CallException, InterruptedException, StoreException {
        Event event = RolloutWire.event(decision, now);
        boolean mayDecide = now.state().isTried() || decision == Decision.ABORT;
        if (!mayDecide || now.state().after(event).isEmpty()) {
            throw new CallException(
                    Kind.REFUSED,
                    "rollout "
                            + now.id()
                            + " is "
                            + word(now.state())
                            + " (expected: a state in which to "
                            + decision.name().toLowerCase(Locale.ROOT)
                            + ")");
        }
        RolloutRecord moved = move(now, event, why);
        if (event == Event.RESUME) { // the pause counts neither as held nor as waited
            trials.computeIfPresent(now.id(), (key, trial) -> trial.from(nanos.getAsLong()));
        }
        return moved;
    }

    /// Looks at all canaries, and moves those that have held or broken; ends what the store did not take.
    void judge() throws CallException, InterruptedException, StoreException {
        rollout.catchUp();
        for (Map.Entry<RolloutRecord, String> left : ending.entrySet()) {
            try {
                ended(left.getKey(), left.getValue(), Steps.UNSEEN);
            } catch (CallException e) { // tried again; canaries do not wait for it
                if (!e.getMessage().equals(said.put(left.getKey(), e.getMessage()))) {
                    LOG.warn(
                            "rollout {} cannot be ended yet: {}",
                            left.getKey().id(),
                            e.getMessage());
                }
            }
        }
        Catalogue catalogue = store.catalogue();
        trials.keySet().removeIf(id -> !isTried(catalogue, id));
        for (RolloutRecord tried : catalogue.rollouts()) {
            CanaryPolicy policy = tried.canary();
            if (tried.state().isTried() && policy != null) {
                Trial trial = trialOf(tried);
                if (tried.state() != RolloutState.PAUSED) {
                    judgeUnlessMoved(tried, policy, trial);
                }
            }
        }
    }

    private void judgeUnlessMoved(RolloutRecord tried, CanaryPolicy policy, Trial trial)
            throws CallException, InterruptedException, StoreException {
        try {
            judge(tried, policy, trial);
        } catch (CallException e) {
            if (e.kind() != Kind.CONFLICT) {
                throw e;
            }
            LOG.debug(
                    "{}", e.getMessage()); // an operator was first; the next look sees where it is
        }
    }

    private void judge(RolloutRecord tried, CanaryPolicy policy, Trial trial)
            throws CallException, InterruptedException, StoreException {
        String failure = nodes.failure(Wire.of(tried.to()));
        if (!failure.isEmpty()) {
            move(tried, Event.GIVE_UP, failure);
            return;
        }
        Duration passed = Duration.ofNanos(nanos.getAsLong() - trial.sinceNanos());
        Verdict verdict = Verdict.of(policy, since(trial.old()), since(trial.now()), passed);
        switch (verdict.kind()) {
            case WAIT -> {}
            case HELD -> held(tried, policy, verdict.text());
            case OVERDUE -> overdue(tried, verdict.text());
            case BROKEN -> move(tried, Event.GIVE_UP, verdict.text());
        }
    }

    private void held(RolloutRecord tried, CanaryPolicy policy, String why)
            throws CallException, InterruptedException, StoreException {
        if (tried.state() == RolloutState.CANARY) {
            Event on = tried.hasNext() ? Event.NEXT : Event.FINISH;
            move(tried, policy.gated() ? Event.GATE : on, why);
        }
    }

    /// One that waits for an operator has held, maybe as the overseer before this one saw it.
    private void overdue(RolloutRecord tried, String why)
            throws CallException, InterruptedException, StoreException {
        if (tried.state() == RolloutState.CANARY) {
            move(tried, Event.GIVE_UP, why);
        }
    }

    /// The newest first.
    List<RolloutEntry> entries() throws StoreException {
        return store.catalogue().rollouts().stream().map(this::entry).toList();
    }

    RolloutEntry entry(RolloutRecord record) {
        RolloutEntry.Builder entry = RolloutWire.of(record).toBuilder();
        if (record.state().isTried()) {
            Trial trial = trialOf(record);
            entry.setOld(since(trial.old())).setNew(since(trial.now()));
        }
        return entry.build();
    }

    /// @throws CallException NOT_FOUND
    RolloutRecord find(String id) throws CallException, StoreException {
        return store.catalogue()
                .rollout(id)
                .orElseThrow(() ->
                        new CallException(
                                Kind.NOT_FOUND,
                                "unknown rollout \"" + id + "\" (expected: one of rollout list)"));
    }

    /// @throws CallException CONFLICT while a rollout of the plugin is on its way
    void refuseWhileRunning(String plugin) throws CallException, StoreException {
        RolloutRecord running = store.catalogue().running(plugin).orElse(null);
        if (running != null) {
            throw new CallException(
                    Kind.CONFLICT,
                    "rollout "
                            + running.id()
                            + " of "
                            + running.to()
                            + " is "
                            + word(running.state())
                            + " (expected: that it has ended; approve or abort it)");
        }
    }

    private RolloutRecord move(RolloutRecord before, Event event, String why)
            throws CallException, InterruptedException, StoreException {
        RolloutRecord next = before.after(event, why, wallMs.getAsLong());
        try {
            rollout.apply(catalogue -> moved(catalogue, before, next), Steps.UNSEEN);
        } catch (MovedException e) {
            throw new CallException(Kind.CONFLICT, String.valueOf(e.getMessage()), e);
        }
        if (next.state().isTried()) {
            trialOf(next);
        }
        LOG.info("rollout {} of {} is {}: {}", next.id(), next.to(), word(next.state()), why);
        return next;
    }

    /// Somebody else moved the rollout first.
    private static final class MovedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        MovedException(RolloutRecord before) {
            super(
                    "rollout "
                            + before.id()
                            + " is not "
                            + word(before.state())
                            + " any more (expected: one decision at a time)");
        }
    }

    private static Catalogue moved(Catalogue now, RolloutRecord before, RolloutRecord next) {
        refuseIfMoved(now, before);
        if (!before.state().isTried() || !next.state().isEnd()) {
            return now.with(next);
        }
        CatalogueEntry entry = now.known(next.to().name()).orElseThrow();
        return now.with(
                next.state() == RolloutState.DONE
                        ? entry.promoted(next.to())
                        : entry.rejected(next.to()),
                next);
    }

    private static void refuseIfMoved(Catalogue now, RolloutRecord before) {
        if (now.rollout(before.id()).filter(before::equals).isEmpty()) {
            throw new MovedException(before);
        }
    }

    private RolloutRecord commit(String id, Event event, String why)
            throws CallException, StoreException {
        RolloutRecord next = find(id).after(event, why, wallMs.getAsLong());
        rollout.commit(catalogue -> catalogue.with(next));
        LOG.info("rollout {} of {} is {}: {}", id, next.to(), word(next.state()), why);
        return next;
    }

    /// What is counted from the beginning of the rollout's step on, as far as this overseer has seen it.
    private Trial trialOf(RolloutRecord tried) {
        return trials.compute(
                tried.id(),
                (id, known) ->
                        known == null || known.step() != tried.step() ? trial(tried) : known);
    }

    private Trial trial(RolloutRecord tried) {
        PluginVersion from = tried.from();
        return new Trial(
                tried.step(),
                nanos.getAsLong(),
                from == null ? VersionOutcomes.getDefaultInstance() : nodes.outcomes(Wire.of(from)),
                nodes.outcomes(Wire.of(tried.to())));
    }

    private VersionOutcomes since(VersionOutcomes start) {
        return Tally.minus(nodes.outcomes(start.getPlugin()), start);
    }

    private static boolean isTried(Catalogue catalogue, String id) {
        return catalogue.rollout(id).filter(rollout -> rollout.state().isTried()).isPresent();
    }

    private static void tell(RolloutRecord record, Steps steps) {
        steps.rollout(RolloutWire.of(record));
    }

    private static String word(RolloutState state) {
        return RolloutWire.word(state);
    }
}
