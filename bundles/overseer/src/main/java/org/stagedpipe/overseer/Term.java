package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/// All that an overseer is while it leads: the members, the changes, the rollouts. Made with the epoch that it claimed,
/// closed when it loses the lead.
///
/// Owns six threads: `overseer-leases` ends leases, and waits for nothing; `overseer-names` keeps who the workers are,
/// `overseer-rollouts` judges canaries, `overseer-views` tells coordinators what changed among many workers, `overseer-sweeper`
/// removes from the repository what nobody needs, `overseer-letters` writes down who dropped dead letters.
final class Term implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Term.class);
    private static final int LOOKS_PER_LEASE = 6;
    private static final Duration SHOW = Duration.ofMillis(25);

    /// What outlives a term.
    record Parts(
            OverseerSettings settings,
            EnsembleStore store,
            Blobs blobs,
            Replicas replicas,
            Ensemble ensemble,
            AuditLog audit,
            Itself itself,
            Supplier<List<String>> overseers) {}

    private final Parts parts;
    private final Store store;
    private final long epoch;
    private final long openedNanos = System.nanoTime();
    private final Nodes nodes;
    private final Rollout rollout;
    private final Rollouts rollouts;
    private final Judge judge;
    private final Assigner assigner;
    private final Turn turn = new Turn();
    private final Libraries libraries;
    private final Cordons cordons;
    private final Cancels cancels;
    private final Admin admin;
    private final Deque<Loop> loops = new ArrayDeque<>();
    private Set<String> remembered; // of overseer-names: the workers
    private String said = ""; // of overseer-rollouts

    private Term(Parts parts, long epoch, Set<String> known) {
        this.parts = parts;
        this.store = parts.store().during(epoch);
        this.epoch = epoch;
        this.remembered = known;
        OverseerSettings settings = parts.settings();
        this.nodes =
                new Nodes(
                        new Nodes.Terms(
                                settings.node().name(),
                                epoch,
                                settings.lease(),
                                settings.heartbeat(),
                                parts.overseers()),
                        known,
                        System::nanoTime,
                        System::currentTimeMillis);
        this.rollout = new Rollout(store, nodes, settings.lease());
        Trials trials =
                new Trials(nodes, System::nanoTime, settings.lease(), settings.installTimeout());
        this.rollouts = new Rollouts(store, rollout, trials, System::currentTimeMillis);
        this.assigner = new Assigner(store, nodes, new SplittableRandom());
        Means means =
                new Means(
                        store,
                        new Keeping(parts.blobs(), parts.replicas()),
                        nodes,
                        rollout,
                        rollouts,
                        parts.audit(),
                        turn,
                        System::currentTimeMillis);
        Releases releases = new Releases(means);
        this.judge = new Judge(store, rollouts, trials, parts.audit(), releases::pushOn);
        this.libraries = new Libraries(means);
        this.cordons = new Cordons(store, nodes);
        this.cancels = new Cancels(store, nodes, System::currentTimeMillis);
        this.admin = newAdmin(means, releases);
    }

    private Admin newAdmin(Means means, Releases releases) {
        Changes changes = new Changes(means);
        Plugins plugins = new Plugins(nodes);
        Publishing publishing =
                new Publishing(
                        means, releases, libraries, plugins, parts.settings().installTimeout());
        return new Admin(
                store,
                nodes,
                cancels,
                changes,
                publishing,
                rollouts,
                parts.audit(),
                parts.settings(),
                new NodeAdmin(
                        parts.itself(),
                        nodes,
                        cordons,
                        new Forgetting(parts.ensemble(), store, parts.replicas(), turn),
                        parts.audit()),
                new RepositoryAdmin(store, changes, libraries, plugins));
    }

    /// Goes on where the leader before ended.
    static Term open(Parts parts, long epoch)
            throws CallException, InterruptedException, StoreException {
        Term term = new Term(parts, epoch, parts.store().workers());
        term.cordons.recall();
        term.cancels.recall();
        term.judge.recover();
        term.rollout.resume();
        Duration look = parts.settings().lease().dividedBy(LOOKS_PER_LEASE);
        term.repeat("overseer-leases", look, term.nodes::expire);
        term.repeat("overseer-names", look, term::remember);
        term.repeat("overseer-rollouts", parts.settings().heartbeat(), term::judge);
        LetterDrops drops = new LetterDrops(term.nodes, parts.audit());
        term.repeat("overseer-letters", parts.settings().heartbeat(), drops::write);
        term.repeat("overseer-views", SHOW, term.nodes::show);
        Sweeper sweeper = term.newSweeper();
        term.repeat(
                "overseer-sweeper",
                Sweeper.every(parts.settings().collectAfter()),
                () -> sweep(sweeper));
        return term;
    }

    long epoch() {
        return epoch;
    }

    /// Whether members may still be on their way to it.
    boolean isNew() {
        return System.nanoTime() - openedNanos < 2 * parts.settings().lease().toNanos();
    }

    Nodes nodes() {
        return nodes;
    }

    Assigner assigner() {
        return assigner;
    }

    Admin admin() {
        return admin;
    }

    private void repeat(String name, Duration pause, Loop.Round round) {
        Loop loop = new Loop(name, pause, round);
        loops.push(loop);
        loop.open();
    }

    private void judge() throws InterruptedException {
        try {
            judge.judge();
            said = "";
        } catch (CallException | StoreException e) {
            String text = String.valueOf(e.getMessage());
            if (!text.equals(said)) {
                LOG.warn("rollouts are not judged: {}", text);
            }
            said = text;
        }
    }

    private Sweeper newSweeper() {
        return new Sweeper(
                store,
                parts.blobs(),
                libraries,
                parts.audit(),
                turn,
                parts.settings().collectAfter(),
                System::currentTimeMillis);
    }

    private static void sweep(Sweeper sweeper) throws InterruptedException {
        try {
            sweeper.sweep();
        } catch (CallException e) {
            LOG.debug("not swept: {}", e.getMessage()); // an operator changes something
        } catch (StoreException | IOException e) {
            LOG.warn("the repository is not swept: {}", e.getMessage());
        }
    }

    private void remember() {
        cancels.tidy();
        Set<String> now = nodes.workerNames();
        if (now.equals(remembered)) {
            return;
        }
        try {
            store.workers(now);
            remembered = now;
        } catch (StoreException e) {
            LOG.warn("the names of the workers are not kept: {}", e.getMessage());
        }
    }

    /// Tells the members to look for another overseer.
    @Override
    public void close() {
        nodes.close();
        loops.forEach(Loop::close);
    }
}
