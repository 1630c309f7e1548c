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
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

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
        return Member.parse(configuration());
    }

    /// The members and the version of their list.
    private String configuration() throws StoreException {
        return session.ask(
                "members", () -> Session.text(session.client().getConfig().forEnsemble()));
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
            if (members().stream().noneMatch(member -> member.id() == id)) {
                return false;
            }
            byte[] forgotten = Session.bytes(Long.toString(-id));
            if (!epoch.set(
                    path(name), stat.getVersion(), forgotten, Paths.OVERSEERS + "/" + name)) {
                return false;
            }
            remove(id); // last: one that was forgotten may go on, and add itself again
            return true;
        } finally {
            unlock();
        }
    }

    /// Makes it a member, in the place of one of its number.
    void add(Member added) throws StoreException {
        change(members ->
                members.contains(added)
                        ? members
                        : Stream.concat(others(members, added.id()), Stream.of(added)).toList());
    }

    /// Takes that one out of the members.
    void remove(long id) throws StoreException {
        change(members -> others(members, id).toList());
    }

    private static Stream<Member> others(List<Member> members, long id) {
        return members.stream().filter(member -> member.id() != id);
    }

    /// Of the members as they are then, so that one that another has made a member since the last look stays one, though the
    /// lock may be lost meanwhile. Whole, because a change in parts would need a port without TLS.
    void change(UnaryOperator<List<Member>> change) throws StoreException {
        long end = System.nanoTime() + WITHIN.toNanos();
        session.ask(
                "members",
                () -> {
                    while (true) {
                        try {
                            return change(change, configuration());
                        } catch (KeeperException.NewConfigNoQuorum
                                | KeeperException.ReconfigInProgress
                                | KeeperException.BadVersionException e) {
                            if (System.nanoTime() > end) {
                                throw e; // until then the new one may lack what the others have
                            }
                            Thread.sleep(AGAIN_MS);
                        }
                    }
                });
    }

    private boolean change(UnaryOperator<List<Member>> change, String from) throws Exception {
        List<Member> before = Member.parse(from);
        List<Member> after = change.apply(before);
        if (!after.equals(before)) {
            session.client()
                    .reconfig()
                    .withNewMembers(after.stream().map(Member::toString).toList())
                    .fromConfig(Member.version(from))
                    .forEnsemble();
        }
        return true;
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
