package org.stagedpipe.zookeeper;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Candidate;
import org.stagedpipe.cluster.ensemble.Ensemble.Value;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Who leads, and what changed: looks at ZooKeeper whenever it says that something is new, and twice a second anyway.
///
/// The overseer whose session owns the node of the leader leads, with the [Epoch] that came with that node. One that an
/// earlier process of the same overseer left is removed at once, a session's end need not be waited for then; nor if the
/// candidate sees that the one that leads has ended.
/// Only the loss of the session, not of a connection, ends the lead: the epoch makes an overseer that has not noticed
/// harmless. Owns the thread `store-watch`, which calls the candidate and the watchers.
final class Election implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Election.class);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Duration ENDS_WITHIN = Duration.ofSeconds(10);
    private static final long RETRY_PAUSE_MS = 50;
    private static final long NONE = -1;

    private final Session session;
    private final Epoch epoch;
    private final Values values;
    private final Tenure tenure;
    private final Semaphore news = new Semaphore(0);
    private final Watcher watcher = event -> news.release();
    private final ConnectionStateListener connections = this::connection;
    private final Map<String, Watched> watched = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile @Nullable Standing standing;
    private volatile boolean lost;
    private volatile boolean closed;
    private long term = NONE; // the thread's: the number of the leader's node that is ours
    private @Nullable String followed; // the thread's: what the candidate was told last
    private boolean ended; // the thread's: this overseer has lost its place
    private long shownBy = NONE; // the thread's: the session whose card was seen in place

    /// What entitles this overseer to stand.
    ///
    /// @param lost told why, if it does not have the place any more; the election has ended then
    record Tenure(Place place, Consumer<String> lost) {}

    /// Who stands here.
    private record Standing(String name, String card, Candidate candidate) {}

    /// The thread's.
    private static final class Watched {

        private final Consumer<Value> consumer;
        private int seen = Integer.MIN_VALUE;

        Watched(Consumer<Value> consumer) {
            this.consumer = consumer;
        }
    }

    Election(Session session, Epoch epoch, Values values, Tenure tenure) {
        this.session = session;
        this.epoch = epoch;
        this.values = values;
        this.tenure = tenure;
        this.thread = Thread.ofPlatform().name("store-watch").daemon().unstarted(this::run);
    }

    void open() {
        session.client().getConnectionStateListenable().addListener(connections);
        thread.start();
    }

    void stand(String card, Candidate candidate) {
        standing = new Standing(card.substring(0, card.indexOf(' ')), card, candidate);
        news.release();
    }

    void watch(String name, Consumer<Value> consumer) {
        watched.put(name, new Watched(consumer));
        news.release();
    }

    private void connection(CuratorFramework client, ConnectionState state) {
        LOG.debug("store: {}", state);
        if (state == ConnectionState.LOST) {
            lost = true;
        }
        news.release();
    }

    private void run() {
        String said = "";
        try {
            while (!closed && !ended) {
                boolean isNew = news.tryAcquire(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
                news.drainPermits();
                try {
                    look();
                    said = "";
                } catch (RuntimeException | Error e) { // that memory is short passes
                    LOG.error("the election goes on after a bug", e);
                    Thread.sleep(AFTER_FAILURE);
                } catch (StoreException e) {
                    if (!closed && !e.getMessage().equals(said)) {
                        LOG.warn("{}", e.getMessage());
                    }
                    said = e.getMessage();
                    if (isNew) {
                        Thread.sleep(RETRY_PAUSE_MS);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            follow("");
        }
    }

    private void look() throws StoreException, InterruptedException {
        boolean isSilent = session.isSilent();
        if (lost || isSilent) {
            lost = false;
            LOG.warn("the store's session is over");
            follow("");
        }
        if (isSilent) {
            session.renew(); // or it may lead with the same epoch again
        }
        Standing now = standing;
        if (now != null && show(now)) {
            elect(now);
        }
        if (ended) {
            return;
        }
        for (Map.Entry<String, Watched> one : watched.entrySet()) {
            tell(one.getKey(), one.getValue());
        }
    }

    /// Its card is there for as long as this session lives, and it is known to be an overseer: where others run the servers, what
    /// is forgotten, and lives, is remembered again.
    ///
    /// @return whether its card is there
    private boolean show(Standing now) throws StoreException {
        String path = Paths.OVERSEERS + "/" + now.name();
        long mine = session.id();
        Stat there = new Stat();
        String card = read(path, there);
        if (card == null || there.getEphemeralOwner() != mine) {
            if (card != null) {
                refuseAnother(now, card, shownBy == mine);
            }
            List<CuratorOp> place = place();
            if (ended || !replace(path, now, card == null ? null : there, place)) {
                news.release();
                return false;
            }
        } else {
            shownBy = mine;
        }
        String record = Paths.SERVERS + "/" + now.name();
        if (session.ask(record, () -> session.client().checkExists().forPath(record) == null)) {
            session.ensure(record); // after its card: with that nobody forgets it
        }
        return true;
    }

    /// Puts its card in place. That of an earlier process may be another one by now, and each is at version 0: it is read again.
    ///
    /// @param before the card of an earlier process
    private boolean replace(
            String path, Standing now, @Nullable Stat before, List<CuratorOp> conditions)
            throws StoreException {
        if (before != null) {
            Stat still = new Stat();
            if (read(path, still) == null || still.getCzxid() != before.getCzxid()) {
                return false;
            }
        }
        return session.ask(
                path,
                () -> {
                    List<CuratorOp> all = new ArrayList<>(conditions);
                    if (before != null) {
                        all.add(session.client().transactionOp().delete().forPath(path));
                    }
                    all.add(
                            session.client()
                                    .transactionOp()
                                    .create()
                                    .withMode(CreateMode.EPHEMERAL)
                                    .forPath(path, Session.bytes(now.card())));
                    return session.changed(all);
                });
    }

    /// Its place is looked at before it shows itself and before it takes the lead: in between it may have been frozen for
    /// longer than its session, and forgotten.
    ///
    /// @return what makes sure that it still has it
    private List<CuratorOp> place() throws StoreException {
        Place.Now now = tenure.place().now();
        if (now.refusal() != null) {
            end(now.refusal());
        }
        return now.unchanged();
    }

    /// Two of one name would remove each other's nodes for ever.
    ///
    /// @param isLater no earlier process can have made it: what this one had in place was removed for it
    private void refuseAnother(Standing now, String card, boolean isLater) {
        if (isLater || now.candidate().isAnother(card)) {
            end(
                    "an overseer named "
                            + now.name()
                            + " runs, its card is \""
                            + card
                            + "\" (expected: a name of its own for each overseer)");
        }
    }

    private void end(String why) {
        if (!ended) {
            ended = true;
            tenure.lost().accept(why);
        }
    }

    private void elect(Standing now) throws StoreException, InterruptedException {
        Stat stat = new Stat();
        String leader = leader(stat);
        if (leader == null) {
            List<CuratorOp> place = place();
            if (!ended) {
                epoch.claim(now.card(), place);
            }
            news.release();
        } else if (stat.getEphemeralOwner() == session.id()) {
            lead(now, stat.getCzxid());
        } else if (leader.startsWith(now.name() + " ")) {
            refuseAnother(now, leader, false);
            if (!ended) {
                epoch.end(stat.getCzxid()); // left by an earlier process of this overseer
            }
            news.release();
        } else {
            follow(leader);
            if (now.candidate().hasEnded(leader)) {
                LOG.warn("{} takes the lead from one that does not live: {}", now.name(), leader);
                epoch.end(stat.getCzxid());
                news.release();
            }
        }
    }

    private @Nullable String leader(Stat stat) throws StoreException {
        Stat there =
                session.ask(
                        "leader",
                        () ->
                                session.client()
                                        .checkExists()
                                        .usingWatcher(watcher)
                                        .forPath(Paths.LEADER));
        return there == null ? null : read(Paths.LEADER, stat);
    }

    /// @return null if it is not there
    private @Nullable String read(String path, Stat stat) throws StoreException {
        return session.ask(
                path,
                () -> {
                    try {
                        return Session.text(
                                session.client().getData().storingStatIn(stat).forPath(path));
                    } catch (KeeperException.NoNodeException e) {
                        return null; // it ended in between
                    }
                });
    }

    private void lead(Standing now, long node) throws StoreException, InterruptedException {
        if (term == node) {
            return;
        }
        if (term != NONE) {
            follow(""); // another one took the lead from it, and did not keep it
        }
        long entered = epoch.enter(node);
        if (entered == Epoch.NONE) {
            throw new StoreException(
                    now.name()
                            + " has the leader's node, and the epoch is another one's (expected:"
                            + " both from one step)");
        }
        LOG.info("{} leads, epoch {}", now.name(), entered);
        term = node;
        followed = null;
        try {
            now.candidate().lead(entered);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception | Error e) {
            LOG.error("{} cannot lead: {}", now.name(), String.valueOf(e.getMessage()), e);
            follow("");
            epoch.end(node);
            Thread.sleep(AFTER_FAILURE);
            news.release();
        }
    }

    private void follow(String leader) {
        Standing now = standing;
        if (now == null || leader.equals(followed)) {
            return;
        }
        epoch.drop();
        term = NONE;
        followed = leader;
        now.candidate().follow(leader);
    }

    private void tell(String name, Watched one) throws StoreException {
        session.ask(
                name,
                () ->
                        session.client()
                                .checkExists()
                                .usingWatcher(watcher)
                                .forPath(Values.path(name)));
        Value value = values.read(name);
        if (value.version() != one.seen) {
            one.seen = value.version();
            one.consumer.accept(value);
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(ENDS_WITHIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        session.client().getConnectionStateListenable().removeListener(connections);
    }
}
