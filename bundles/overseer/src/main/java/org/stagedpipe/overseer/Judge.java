package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;
import org.stagedpipe.cluster.catalogue.RolloutState.Event;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Moves rollouts where no operator does: what the overseer before began, canaries that have held or broken. Called by one
/// thread.
///
/// A version that a worker cannot start, or all of whose workers are gone, is rolled back in any state; how its items end is not
/// looked at while it is paused, or more workers get it. For that a thread waits, `rollout-*` (virtual), one a rollout.
///
/// What was counted before this overseer led does not count: after its predecessor's death a canary is held and judged anew.
final class Judge {

    private static final Logger LOG = LoggerFactory.getLogger(Judge.class);

    private final Store store;
    private final Rollouts rollouts;
    private final Trials trials;
    private final AuditLog audit;
    private final Pushing pushing;
    private final Set<RolloutRecord> pushed = new HashSet<>(); // by the overseer before
    private final Set<String> spreading = ConcurrentHashMap.newKeySet(); // ids, while one waits
    private final Map<String, String> said = new ConcurrentHashMap<>(); // of why they do, by id

    /// @param trials of the rollouts
    Judge(Store store, Rollouts rollouts, Trials trials, AuditLog audit, Pushing pushing) {
        this.store = store;
        this.rollouts = rollouts;
        this.trials = trials;
        this.audit = audit;
        this.pushing = pushing;
    }

    /// What the overseer before this one was pushing goes on with the first look, or ends if the store does not say all of it, as of
    /// an overseer of a version before.
    void recover() throws CallException, InterruptedException, StoreException {
        String why = "the overseer ended before the workers were ready";
        for (RolloutRecord left : store.catalogue().rollouts()) {
            if (left.publication() != null) {
                pushed.add(left);
            } else if (left.state() == RolloutState.PUSHING) {
                byItself(
                        left,
                        Event.GIVE_UP,
                        why,
                        () -> rollouts.commit(left.id(), Event.GIVE_UP, why));
            }
        }
    }

    /// Looks at all canaries, and moves those that have held or broken; ends what the store did not take. Call it regularly.
    void judge() throws CallException, InterruptedException, StoreException {
        rollouts.catchUp();
        Catalogue catalogue = store.catalogue();
        trials.keep(id -> isTried(catalogue, id));
        said.keySet()
                .removeIf(
                        id -> catalogue.rollout(id).filter(one -> !one.state().isEnd()).isEmpty());
        catalogue.rollouts().stream().filter(pushed::contains).forEach(this::begin);
        for (RolloutRecord tried : catalogue.rollouts()) {
            CanaryPolicy policy = tried.canary();
            if (tried.state().isTried() && policy != null) {
                judgeUnlessMoved(tried, policy, trials.of(tried));
            }
        }
    }

    private void judgeUnlessMoved(RolloutRecord tried, CanaryPolicy policy, Trials.Trial trial)
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

    private void judge(RolloutRecord tried, CanaryPolicy policy, Trials.Trial trial)
            throws CallException, InterruptedException, StoreException {
        String failure = trials.failure(tried);
        if (!failure.isEmpty()) {
            end(tried, Event.GIVE_UP, failure);
            return;
        }
        if (tried.state() == RolloutState.SPREADING) {
            spread(tried);
        }
        if (tried.state() == RolloutState.SPREADING || tried.state() == RolloutState.PAUSED) {
            return;
        }
        Verdict verdict =
                Verdict.of(
                        policy,
                        trials.since(trial.old()),
                        trials.since(trial.now()),
                        trials.passed(trial));
        switch (verdict.kind()) {
            case WAIT -> {}
            case HELD -> held(tried, policy, verdict.text());
            case OVERDUE -> overdue(tried, verdict.text());
            case BROKEN -> end(tried, Event.GIVE_UP, verdict.text());
        }
    }

    private void held(RolloutRecord tried, CanaryPolicy policy, String why)
            throws CallException, InterruptedException, StoreException {
        if (tried.state() != RolloutState.CANARY) {
            return;
        }
        if (policy.gated()) {
            byItself(tried, Event.GATE, why, () -> rollouts.move(tried, Event.GATE, why));
        } else {
            rollouts.move(tried, Event.SPREAD, why); // to the next step, which is written down
        }
    }

    private void spread(RolloutRecord held) {
        if (!spreading.contains(held.id()) && isWhole(held)) {
            begin(held);
        }
    }

    /// Unless it has begun.
    private void begin(RolloutRecord held) {
        if (spreading.add(held.id())) {
            Thread.ofVirtual().name("rollout-" + held.id()).start(() -> goOn(held));
        }
    }

    /// Whether none of its workers is away: its step is over only then, and nobody takes the place of one that it may have killed.
    private boolean isWhole(RolloutRecord held) {
        List<String> away = trials.absence(held).away();
        if (!away.isEmpty()) {
            say(held, "it waits for " + String.join(", ", away) + " to be back", null);
        }
        return away.isEmpty();
    }

    /// Whatever it ends with, the next look begins again.
    private void goOn(RolloutRecord held) {
        try {
            Publication publication = held.publication();
            if (!isStill(held)) {
                LOG.debug("rollout {} has gone on since the look at it", held.id());
            } else if (publication != null) {
                pushOn(held, publication);
            } else {
                spreadOrEnd(held);
            }
            said.remove(held.id());
        } catch (CallException | StoreException e) {
            say(held, String.valueOf(e.getMessage()), null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException | Error e) {
            say(held, "a bug", e);
        } finally {
            spreading.remove(held.id());
        }
    }

    /// Why it does not go on, once.
    private void say(RolloutRecord held, String why, @Nullable Throwable bug) {
        String all = bug == null ? why : why + ", " + bug;
        if (!all.equals(said.put(held.id(), all))) {
            LOG.warn("rollout {} does not go on yet: {}", held.id(), why, bug);
        }
    }

    private boolean isStill(RolloutRecord held) throws StoreException {
        return store.catalogue().rollout(held.id()).equals(Optional.of(held));
    }

    private void pushOn(RolloutRecord left, Publication publication)
            throws CallException, InterruptedException, StoreException, IOException {
        try {
            pushing.pushOn(left, publication);
        } catch (CallException e) {
            if (isStill(left)) {
                throw e;
            }
            LOG.debug("{}", e.getMessage()); // it has ended with that
        }
    }

    private void spreadOrEnd(RolloutRecord held)
            throws CallException, InterruptedException, StoreException {
        try {
            Event event = held.hasNext() ? Event.NEXT : Event.FINISH;
            rollouts.spread(held, move -> byItself(held, event, held.text(), move));
        } catch (CallException e) {
            if (!isStill(held)) {
                LOG.debug("{}", e.getMessage()); // an operator was first
            } else if (e.kind() == Kind.REFUSED) {
                end(held, Event.GIVE_UP, String.valueOf(e.getMessage()));
            } else {
                throw e;
            }
        }
    }

    /// One that waits for an operator has held, maybe as the overseer before this one saw it.
    private void overdue(RolloutRecord tried, String why)
            throws CallException, InterruptedException, StoreException {
        if (tried.state() == RolloutState.CANARY) {
            end(tried, Event.GIVE_UP, why);
        }
    }

    private void end(RolloutRecord tried, Event event, String why)
            throws CallException, InterruptedException, StoreException {
        byItself(tried, event, why, () -> rollouts.move(tried, event, why));
    }

    /// What no operator decided is in the audit log too: the list of rollouts is cut.
    private void byItself(RolloutRecord moved, Event event, String why, Rollout.Then move)
            throws CallException, InterruptedException, StoreException {
        String word = event == Event.GIVE_UP ? "rollback" : event.name().toLowerCase(Locale.ROOT);
        String plugin = moved.to().name();
        try {
            audit.<Boolean>record(
                    Initiator.ITSELF,
                    "rollout " + word + ": " + why,
                    plugin,
                    subjects -> {
                        subjects.about(moved.to(), store.catalogue().current(plugin));
                        move.run();
                        return true;
                    });
        } catch (IOException e) { // of changes that read or write files
            throw new UncheckedIOException(e);
        }
    }

    /// Of a version to its first workers, as [Releases#pushOn].
    @FunctionalInterface
    interface Pushing {
        void pushOn(RolloutRecord left, Publication publication)
                throws CallException, InterruptedException, StoreException, IOException;
    }

    private static boolean isTried(Catalogue catalogue, String id) {
        return catalogue.rollout(id).filter(rollout -> rollout.state().isTried()).isPresent();
    }
}
