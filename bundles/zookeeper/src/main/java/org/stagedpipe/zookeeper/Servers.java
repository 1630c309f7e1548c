package org.stagedpipe.zookeeper;

import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
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
        all().forEach((name, id) -> byId.put(Math.abs(id), name));
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

    /// Takes the server of an overseer without a card out of the members.
    ///
    /// @param epoch of this overseer, which leads
    /// @return false if it has a card, or none that is a member is known
    boolean forget(String name, Epoch epoch) throws StoreException {
        lock();
        try {
            if (known(name) == 0) {
                return false;
            }
            Stat stat = new Stat();
            long id = Math.abs(number(session, name, stat)); // negative if this was begun before
            List<Member> all = members();
            List<Member> others = all.stream().filter(member -> member.id() != id).toList();
            if (others.size() == all.size()) {
                return false;
            }
            byte[] forgotten = Session.bytes(Long.toString(-id));
            if (!epoch.set(
                    path(name), stat.getVersion(), forgotten, Paths.OVERSEERS + "/" + name)) {
                return false;
            }
            change(others); // last: one that was forgotten may go on, and add itself again
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
                                throw e; // until then the new one may lack what the others have
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
                        // Perhaps by a first attempt whose answer was lost, or whose lock was left.
                        return ownLock() != null;
                    }
                });
    }

    /// What a session leaves locked goes with it; what another has locked stays locked.
    void unlock() throws StoreException {
        session.ask(
                "join",
                () -> {
                    Stat own = ownLock();
                    if (own != null) {
                        session.client()
                                .delete()
                                .quietly()
                                .withVersion(own.getVersion())
                                .forPath(Paths.JOINING);
                    }
                    return Paths.JOINING;
                });
    }

    private @Nullable Stat ownLock() throws Exception {
        Stat stat = session.client().checkExists().forPath(Paths.JOINING);
        return stat != null && stat.getEphemeralOwner() == session.id() ? stat : null;
    }

    /// The number in an overseer's record, 0 if there is none in it.
    ///
    /// @param stat gets the record's version
    static long number(Session session, String name, Stat stat) throws StoreException {
        return session.ask(
                name,
                () -> {
                    String id =
                            Session.text(
                                    session.client()
                                            .getData()
                                            .storingStatIn(stat)
                                            .forPath(path(name)));
                    return id.isEmpty() ? 0 : Long.parseLong(id);
                });
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

    /// Where an overseer's record is.
    static String path(String name) {
        return Paths.SERVERS + "/" + name;
    }
}
