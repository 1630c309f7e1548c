package org.stagedpipe.zookeeper;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Terms;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
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
            if (files.areUnfinished()) {
                throw new StoreException(
                        terms.folder()
                                + " is of an overseer that ended while it joined others (expected:"
                                + " those in its settings, or an empty folder to found a cluster)");
            }
            LOG.info(
                    "{} founds a new cluster in {}, as its settings name no other overseers",
                    terms.name(),
                    terms.folder());
            int port = files.create(files.self(1), List.of());
            closing.push(EmbeddedServer.start(files.configuration(), gaveUp));
            return port;
        }
        return join(address, closing);
    }

    /// Makes sure of it once its session is there: a process may have ended while it joined.
    ///
    /// @throws StoreException if this overseer has another server meanwhile
    Place settle(Session session) throws StoreException, IOException {
        Servers servers = new Servers(session, terms.name());
        long id = files.id();
        if (servers.known(terms.name()) == 0) {
            servers.remember(id);
        }
        Place place = new Place.OfServer(session, terms.name(), id, terms.folder());
        refuseWithout(place);
        if (!isTaken(servers.members(), id)) {
            servers.lock();
            try {
                refuseWithout(place); // it may have been forgotten while this one waited
                add(servers, files.member(id));
            } finally {
                servers.unlock();
            }
        }
        files.added();
        return place;
    }

    private static void refuseWithout(Place place) throws StoreException {
        String refusal = place.now().refusal();
        if (refusal != null) {
            throw new StoreException(refusal);
        }
    }

    private int join(String address, Deque<AutoCloseable> closing)
            throws StoreException, IOException {
        try (Session session = Session.open(address, WITHIN, keys, WITHIN)) {
            Servers servers = new Servers(session, terms.name());
            refuseExternal(servers, address);
            awaitEnd(session, WITHIN); // not by the lock: others that join would wait as well
            servers.lock();
            awaitEnd(session, Duration.ZERO); // one may have come meanwhile
            List<Member> others = withoutBefore(servers);
            Collection<Long> known = servers.taken();
            long id = 1;
            while (isTaken(others, id) || known.contains(id)) {
                id++;
            }
            Member self = files.self(id);
            servers.remember(id); // first: nobody else gets it, even if this process ends now
            int port = files.createJoining(self, others);
            closing.push(EmbeddedServer.start(files.configuration(), gaveUp));
            files.joined();
            add(servers, self);
            files.added();
            return port;
        }
    }

    /// Where others run the servers no overseer has one: nothing could be joined, and this one would be a cluster of its own.
    private static void refuseExternal(Servers servers, String address) throws StoreException {
        if (servers.taken().isEmpty()) {
            throw new StoreException(
                    "the overseers to join keep what they share at "
                            + address
                            + ", which others run (expected: the same store in the settings here)");
        }
    }

    private void add(Servers servers, Member self) throws StoreException {
        servers.add(self);
        LOG.info("{} has joined as {}", terms.name(), self);
    }

    /// One of the same name may just have ended; one that goes on is another overseer.
    private void awaitEnd(Session session, Duration within) throws StoreException {
        String path = Paths.OVERSEERS + "/" + terms.name();
        long end = System.nanoTime() + within.toNanos();
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

    /// The members, but for one that this overseer was before it lost its disk.
    private List<Member> withoutBefore(Servers servers) throws StoreException {
        long before = Math.abs(servers.known(terms.name()));
        List<Member> members = servers.members();
        if (!isTaken(members, before)) {
            return members;
        }
        LOG.warn("{} was server {} and has lost its disk; it joins anew", terms.name(), before);
        servers.remove(before);
        return servers.members();
    }

    private static boolean isTaken(List<Member> members, long id) {
        return members.stream().anyMatch(member -> member.id() == id);
    }
}
