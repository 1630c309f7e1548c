package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;
import org.stagedpipe.cluster.catalogue.RolloutState.Event;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// Takes each rollout through its states, see [RolloutState]; every step is in the store before anybody acts on it.
///
/// Canaries are judged by [Judge]. Safe for use by many threads; whoever moves a rollout first does, and no lock is held while
/// a move waits for coordinators.
final class Rollouts {

    /// Why nobody has made ready what all new groups get.
    static final String NO_WORKER = "no worker is connected; those that come get it";

    private static final Logger LOG = LoggerFactory.getLogger(Rollouts.class);

    private static final int MAX_ATTEMPTS = 5;

    private final Store store;
    private final Rollout rollout;
    private final Trials trials;
    private final LongSupplier wallMs;
    private final Map<RolloutRecord, String> ending = new ConcurrentHashMap<>(); // pushes, with why
    private final Map<RolloutRecord, String> said = new ConcurrentHashMap<>(); // of why they go on

    /// @param wallMs since 1970, UTC
    Rollouts(Store store, Rollout rollout, Trials trials, LongSupplier wallMs) {
        this.store = store;
        this.rollout = rollout;
        this.trials = trials;
        this.wallMs = wallMs;
    }

    /// A new one, before any worker hears of it.
    void begin(RolloutRecord begun, Steps steps) throws CallException, StoreException {
        rollout.commit(catalogue -> catalogue.with(begun));
        tell(begun, steps);
    }

    /// Its workers are ready: a share of new groups gets it, or all.
    ///
    /// @param entry that has the version in its history
    void ready(RolloutRecord begun, CatalogueEntry entry, Steps steps)
            throws CallException, InterruptedException, StoreException {
        boolean tried = begun.canary() != null;
        RolloutRecord next =
                begun.after(
                        tried ? Event.TRY : Event.FINISH,
                        tried
                                ? "new groups get it in part"
                                : rollout.hasWorker() ? "all workers are ready" : NO_WORKER,
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
            trials.of(next);
        }
        tell(next, steps);
    }

    /// Its push has ended: nobody was routed to it, unless it is in another state by now. What the store does not take is
    /// tried again by [#catchUp].
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
    /// @param first how the rollout was when the operator's call came
    /// @throws CallException NOT_FOUND; REFUSED if it is in no state for that; CONFLICT if its step was approved already
    RolloutRecord decide(RolloutRecord first, Decision decision, String why)
            throws CallException, InterruptedException, StoreException {
        String id = first.id();
        RolloutRecord now = first;
        for (int attempt = 1; ; attempt++) {
            try {
                return moved(now, decision, why);
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

    private RolloutRecord moved(RolloutRecord now, Decision decision, String why)
            throws CallException, InterruptedException, StoreException {
        Event event = RolloutWire.event(decision);
        if (!allows(now.state(), event)) {
            throw new CallException(
                    Kind.REFUSED,
                    "rollout "
                            + now.id()
                            + " is "
                            + word(now.state())
                            + " (expected, to "
                            + decision.name().toLowerCase(Locale.ROOT)
                            + " it: "
                            + Arrays.stream(RolloutState.values())
                                    .filter(state -> allows(state, event))
                                    .map(Rollouts::word)
                                    .collect(Collectors.joining(", "))
                            + ")");
        }
        RolloutRecord moved = move(now, event, why);
        if (event == Event.RESUME) {
            trials.resumed(now.id());
        }
        return moved;
    }

    private static boolean allows(RolloutState state, Event decision) {
        return (state.isTried() || decision == Event.GIVE_UP) && state.after(decision).isPresent();
    }

    /// Makes up for what the store did not take, and for what it took without an answer.
    void catchUp() throws StoreException {
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
    }

    /// The newest first.
    List<RolloutEntry> entries() throws StoreException {
        return store.catalogue().rollouts().stream().map(this::entry).toList();
    }

    RolloutEntry entry(RolloutRecord record) {
        RolloutEntry.Builder entry = RolloutWire.of(record).toBuilder();
        if (record.state().isTried()) {
            Trials.Trial trial = trials.of(record);
            entry.setOld(trials.since(trial.old())).setNew(trials.since(trial.now()));
            if (record.state() == RolloutState.CANARY) { // held anew by each overseer
                entry.setChangedMs(wallMs.getAsLong() - trials.passed(trial).toMillis());
            }
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

    /// @throws CallException CONFLICT if somebody else moved it first
    RolloutRecord move(RolloutRecord before, Event event, String why)
            throws CallException, InterruptedException, StoreException {
        RolloutRecord next = before.after(event, why, wallMs.getAsLong());
        return move(
                next,
                () -> rollout.apply(catalogue -> moved(catalogue, before, next), Steps.UNSEEN));
    }

    /// Brings one that is spreading to the workers of its next step, and, once they are ready, gives it that step's share of the
    /// new groups; after the last step to all workers, and all new groups. Waits for them, at most for its timeout.
    ///
    /// @param how it is moved then
    /// @throws CallException as [Rollout#push]; CONFLICT if somebody else moved it first; UNREACHABLE if one of its workers is
    ///     away then
    RolloutRecord spread(RolloutRecord before, How how)
            throws CallException, InterruptedException, StoreException {
        rollout.awaitWorkers(); // or those that are still to come would not be counted
        CanaryPolicy policy = Objects.requireNonNull(before.canary());
        boolean isToAll = !before.hasNext() || before.workers().isEmpty();
        List<String> names =
                isToAll
                        ? List.of()
                        : rollout.having(
                                policy,
                                before.step() + 1,
                                before.workers(),
                                trials.absence(before).gone());
        Event event = before.hasNext() ? Event.NEXT : Event.FINISH;
        RolloutRecord next = before.after(event, before.text(), wallMs.getAsLong()).on(names);
        Catalogue now = store.catalogue();
        Needs needs = Needs.of(now, now.known(next.to().name()).orElseThrow(), next.to());
        return move(
                next,
                () ->
                        rollout.push(
                                new Push(next.to(), needs, next.id(), names),
                                timeout(next),
                                Steps.UNSEEN,
                                () -> {
                                    refuseWhileAway(before);
                                    how.run(() -> route(before, next));
                                }));
    }

    /// @throws CallException CONFLICT if somebody else was first: no bug, in the audit log neither
    private void route(RolloutRecord before, RolloutRecord next)
            throws CallException, InterruptedException, StoreException {
        try {
            rollout.route(catalogue -> moved(catalogue, before, next), Steps.UNSEEN);
        } catch (MovedException e) {
            throw new CallException(Kind.CONFLICT, String.valueOf(e.getMessage()), e);
        }
    }

    /// Makes a move that somebody is told of.
    @FunctionalInterface
    interface How {
        void run(Rollout.Then move) throws CallException, InterruptedException, StoreException;
    }

    /// How long the workers of a step have to make that version ready.
    Duration timeout(RolloutRecord of) {
        return trials.timeout(of);
    }

    /// It may have killed them.
    private void refuseWhileAway(RolloutRecord tried) throws CallException {
        List<String> away = trials.absence(tried).away();
        if (!away.isEmpty()) {
            throw new CallException(
                    Kind.UNREACHABLE,
                    String.join(", ", away) + ": away (expected: back, or gone for two leases)");
        }
    }

    private RolloutRecord move(RolloutRecord next, Rollout.Then how)
            throws CallException, InterruptedException, StoreException {
        try {
            how.run();
        } catch (MovedException e) {
            throw new CallException(Kind.CONFLICT, String.valueOf(e.getMessage()), e);
        }
        if (next.state().isTried()) {
            trials.of(next);
        }
        LOG.info(
                "rollout {} of {} is {}: {}",
                next.id(),
                next.to(),
                word(next.state()),
                next.text());
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

    /// Moves one that members do not see.
    RolloutRecord commit(String id, Event event, String why) throws CallException, StoreException {
        RolloutRecord next = find(id).after(event, why, wallMs.getAsLong());
        rollout.commit(catalogue -> catalogue.with(next));
        LOG.info("rollout {} of {} is {}: {}", id, next.to(), word(next.state()), why);
        return next;
    }

    private static void tell(RolloutRecord record, Steps steps) {
        steps.rollout(RolloutWire.of(record));
    }

    private static String word(RolloutState state) {
        return RolloutWire.word(state);
    }
}
