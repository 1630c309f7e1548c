package org.stagedpipe.zookeeper;

import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.stagedpipe.cluster.catalogue.StoreException;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// The servers in the overseers: which of them are members of the ensemble, and which one each overseer runs. Who changes
/// something has the lock, which goes with its session.
///
/// The number of an overseer's server is kept for as long as the overseer runs it, and negative once it is forgotten: no
/// other gets it, and a disk of before that comes back is recognised.
final class Servers {

    private static final Duration WITHIN = Duration.ofSeconds(30);
    private static final long AGAIN_MS = 100;

    private final Session session;
    private final String self;

    /// @param self the overseer that looks here
    Servers(Session session, String self) {
        this.session = session;
        this.self = self;
    }

    /// The members as a majority knows them.
    List<Member> members() throws StoreException {
        return session.ask(
                "members",
                () -> Member.parse(Session.text(session.client().getConfig().forEnsemble())));
    }

    /// The overseers whose servers are members; a server that nobody is known to run by its number.
    Set<String> names() throws StoreException {
        Map<Long, String> byId = new TreeMap<>();
        all().forEach((name, id) -> byId.put(id, name));
        Set<String> names = new TreeSet<>();
        for (Member member : members()) {
            names.add(byId.getOrDefault(member.id(), "server " + member.id()));
        }
        return names;
    }

    /// Which server that overseer runs; 0 if none is known, negative if it was forgotten.
    long known(String name) throws StoreException {
        return all().getOrDefault(name, 0L);
    }

    /// The numbers of all overseers' servers, also of those that have not become members yet.
    Collection<Long> taken() throws StoreException {
        return all().values().stream().map(Math::abs).toList();
    }

    /// This overseer runs that one.
    void remember(long id) throws StoreException {
        session.ensure(path(self));
        write(self, id);
    }

    /// Takes the server of an overseer without a session out of the members.
    ///
    /// @return false if it has a session, or none that is a member is known
    boolean forget(String name) throws StoreException {
        lock();
        try {
            long id = known(name);
            List<Member> all = members();
            List<Member> others = all.stream().filter(member -> member.id() != id).toList();
            if (others.size() == all.size() || lives(name)) {
                return false;
            }
            change(others); // first: if this ends in between, it is only a member no more, and may
            // be one again
            write(name, -id);
            return true;
        } finally {
            unlock();
        }
    }

    /// Whole, because a change in parts would need a port without TLS.
    void change(List<Member> all) throws StoreException {
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

    /// Waits for it, at most 30 s.
    void lock() throws StoreException {
        long end = System.nanoTime() + WITHIN.toNanos();
        while (!tryLock()) {
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

    private boolean tryLock() throws StoreException {
        return session.ask(
                "join",
                () -> {
                    try {
                        session.client()
                                .create()
                                .withMode(CreateMode.EPHEMERAL)
                                .forPath(Paths.JOINING, Session.bytes(self));
                        return true;
                    } catch (KeeperException.NodeExistsException e) {
                        return false;
                    }
                });
    }

    /// What a session leaves locked goes with it.
    void unlock() throws StoreException {
        session.ask("join", () -> session.client().delete().quietly().forPath(Paths.JOINING));
    }

    private boolean lives(String name) throws StoreException {
        return session.ask(
                name,
                () -> session.client().checkExists().forPath(Paths.OVERSEERS + "/" + name) != null);
    }

    private Map<String, Long> all() throws StoreException {
        return session.ask(
                "join",
                () -> {
                    Map<String, Long> byName = new TreeMap<>();
                    for (String name : session.client().getChildren().forPath(Paths.SERVERS)) {
                        String id = Session.text(session.client().getData().forPath(path(name)));
                        if (!id.isEmpty()) {
                            byName.put(name, Long.parseLong(id));
                        }
                    }
                    return byName;
                });
    }

    private void write(String name, long id) throws StoreException {
        session.ask(
                "join",
                () ->
                        session.client()
                                .setData()
                                .forPath(path(name), Session.bytes(Long.toString(id))));
    }

    private static String path(String name) {
        return Paths.SERVERS + "/" + name;
    }
}
