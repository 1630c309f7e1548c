package org.stagedpipe.zookeeper;

import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Terms;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/// How an embedded server comes to its place: as the founder, as a member from before, or as one that joins.
///
/// One that joins lists the members and itself, follows them until it has what they have, and then is made a member; one
/// at a time. If an overseer of its name was a member before, with another disk, that one is taken out first and its number
/// is not used again at once. A number is remembered before anything is done with it.
final class Joining {

    private static final Logger LOG = LoggerFactory.getLogger(Joining.class);
    private static final Duration WITHIN = Duration.ofSeconds(30);
    private static final long AGAIN_MS = 100;

    private final Terms terms;
    private final @Nullable KeyStores keys;
    private final Consumer<String> gaveUp;
    private final ServerFiles files;

    Joining(Terms terms, @Nullable KeyStores keys, Consumer<String> gaveUp) {
        this.terms = terms;
        this.keys = keys;
        this.gaveUp = gaveUp;
        this.files = new ServerFiles(terms, keys);
    }

    /// Starts the server, waits until it is a member.
    ///
    /// @param closing gets what is to be closed
    /// @return the port that it serves overseers on
    int open(Deque<AutoCloseable> closing) throws StoreException, IOException {
        if (files.exist()) {
            int port = files.reopen();
            closing.push(EmbeddedServer.start(files.configuration(), gaveUp));
            return port;
        }
        String address = terms.join().address();
        if (address.isEmpty()) {
            LOG.info("{} founds an ensemble in {}", terms.name(), terms.folder());
            int port = files.create(files.self(1), List.of());
            closing.push(EmbeddedServer.start(files.configuration(), gaveUp));
            return port;
        }
        return join(address, closing);
    }

    /// Makes sure of it once its session is there: a process may have ended while it joined.
    ///
    /// @throws StoreException if this overseer has another server meanwhile
    void settle(Session session) throws StoreException, IOException {
        long id = files.id();
        long known = before(session);
        if (known == 0) {
            remember(session, id);
        } else if (known != id) {
            throw new StoreException(
                    terms.folder()
                            + " is of server "
                            + id
                            + " of "
                            + terms.name()
                            + ", which runs server "
                            + known
                            + " since (expected: an empty folder, to join anew)");
        }
        if (!isTaken(members(session), id)) {
            lock(session);
            add(session, files.member(id));
            unlock(session);
        }
    }

    private int join(String address, Deque<AutoCloseable> closing)
            throws StoreException, IOException {
        try (Session session = Session.open(address, WITHIN, keys, WITHIN)) {
            for (String path : List.of(Paths.SERVERS, Paths.ROOT)) {
                session.ensure(path);
            }
            lock(session);
            awaitEnd(session);
            List<Member> others = withoutBefore(session);
            List<Long> known = remembered(session);
            long id = 1;
            while (isTaken(others, id) || known.contains(id)) {
                id++;
            }
            Member self = files.self(id);
            remember(session, id); // first: nobody else gets it, even if this process ends now
            int port = files.create(self, others);
            closing.push(EmbeddedServer.start(files.configuration(), gaveUp));
            add(session, self);
            return port;
        }
    }

    private void add(Session session, Member self) throws StoreException {
        List<Member> all = new ArrayList<>(members(session));
        all.add(self);
        change(session, all);
        LOG.info("{} has joined as {}", terms.name(), self);
    }

    /// Whole, because a change in parts would need a port without TLS.
    private static void change(Session session, List<Member> all) throws StoreException {
        List<String> lines = all.stream().map(Member::toString).toList();
        long end = System.nanoTime() + WITHIN.toNanos();
        session.ask(
                "members",
                () -> {
                    while (true) {
                        try {
                            return session.client().reconfig().withNewMembers(lines).forEnsemble();
                        } catch (KeeperException.NewConfigNoQuorum
                                | KeeperException.ReconfigInProgress e) {
                            if (System.nanoTime() > end) {
                                throw e; // until then the new one may not have all that the others
                                // have
                            }
                            Thread.sleep(AGAIN_MS);
                        }
                    }
                });
    }

    /// One of the same name may just have ended; one that goes on is another overseer.
    private void awaitEnd(Session session) throws StoreException {
        String path = Paths.OVERSEERS + "/" + terms.name();
        long end = System.nanoTime() + WITHIN.toNanos();
        session.ask(
                "join",
                () -> {
                    while (session.client().checkExists().forPath(path) != null) {
                        if (System.nanoTime() > end) {
                            throw new StoreException(
                                    "an overseer named "
                                            + terms.name()
                                            + " runs (expected: a name of its own for each"
                                            + " overseer)");
                        }
                        Thread.sleep(AGAIN_MS);
                    }
                    return path;
                });
    }

    private void lock(Session session) throws StoreException {
        long end = System.nanoTime() + WITHIN.toNanos();
        while (!tryLock(session)) {
            if (System.nanoTime() > end) {
                throw new StoreException(
                        "another overseer joins (expected: one at a time, each within "
                                + WITHIN.toSeconds()
                                + " s)");
            }
            session.ask(
                    "join",
                    () -> {
                        Thread.sleep(AGAIN_MS);
                        return end;
                    });
        }
    }

    private boolean tryLock(Session session) throws StoreException {
        return session.ask(
                "join",
                () -> {
                    try {
                        session.client()
                                .create()
                                .withMode(CreateMode.EPHEMERAL)
                                .forPath(Paths.JOINING, Session.bytes(terms.name()));
                        return true;
                    } catch (KeeperException.NodeExistsException e) {
                        return false;
                    }
                });
    }

    /// What a session leaves locked goes with it.
    private static void unlock(Session session) throws StoreException {
        session.ask("join", () -> session.client().delete().quietly().forPath(Paths.JOINING));
    }

    /// The members, but for one that this overseer was before it lost its disk.
    private List<Member> withoutBefore(Session session) throws StoreException {
        long before = before(session);
        List<Member> members = members(session);
        if (!isTaken(members, before)) {
            return members;
        }
        LOG.warn("{} was server {} and has lost its disk; it joins anew", terms.name(), before);
        List<Member> others = members.stream().filter(member -> member.id() != before).toList();
        change(session, others);
        return others;
    }

    private long before(Session session) throws StoreException {
        return session.ask(
                "join",
                () -> {
                    try {
                        String id = Session.text(session.client().getData().forPath(path()));
                        return id.isEmpty() ? 0L : Long.parseLong(id);
                    } catch (KeeperException.NoNodeException e) {
                        return 0L;
                    }
                });
    }

    /// The numbers of all overseers' servers, also of those that have not become members yet.
    private static List<Long> remembered(Session session) throws StoreException {
        return session.ask(
                "join",
                () -> {
                    List<Long> ids = new ArrayList<>();
                    for (String name : session.client().getChildren().forPath(Paths.SERVERS)) {
                        String path = Paths.SERVERS + "/" + name;
                        String id = Session.text(session.client().getData().forPath(path));
                        if (!id.isEmpty()) {
                            ids.add(Long.parseLong(id));
                        }
                    }
                    return ids;
                });
    }

    private void remember(Session session, long id) throws StoreException {
        session.ensure(path());
        session.ask(
                "join",
                () -> session.client().setData().forPath(path(), Session.bytes(Long.toString(id))));
    }

    private String path() {
        return Paths.SERVERS + "/" + terms.name();
    }

    private static boolean isTaken(List<Member> members, long id) {
        return members.stream().anyMatch(member -> member.id() == id);
    }

    /// The members as a majority knows them.
    static List<Member> members(Session session) throws StoreException {
        return session.ask(
                "members",
                () -> Member.parse(Session.text(session.client().getConfig().forEnsemble())));
    }
}
