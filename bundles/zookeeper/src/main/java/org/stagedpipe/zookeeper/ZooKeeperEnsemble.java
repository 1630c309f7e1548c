package org.stagedpipe.zookeeper;

import org.apache.zookeeper.KeeperException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Candidate;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.cluster.ensemble.Terms;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/// An overseer's part in an ensemble: a session, an election, and unless others run the servers one of its own.
final class ZooKeeperEnsemble implements Ensemble {

    private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperEnsemble.class);
    private static final Duration CONNECTED_WITHIN = Duration.ofSeconds(30);
    private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(15); // and then diagnosed

    private final Deque<AutoCloseable> closing;
    private final Session session;
    private final Epoch epoch;
    private final Values values;
    private final Election election;
    private final boolean isEmbedded;
    private final String name;
    private final String advertised;

    private ZooKeeperEnsemble(
            Deque<AutoCloseable> closing,
            Session session,
            Terms terms,
            String advertised,
            Election.Tenure tenure) {
        this.closing = closing;
        this.session = session;
        this.epoch = new Epoch(session);
        this.values = new Values(session, epoch);
        this.election = new Election(session, epoch, values, tenure);
        this.isEmbedded = terms.external() == null;
        this.name = terms.name();
        this.advertised = advertised;
    }

    /// @param gaveUp told why, if later its own server ends or this overseer is found to have been forgotten
    /// @throws StoreException if it cannot be opened; nothing is left open then
    static ZooKeeperEnsemble open(Terms terms, Consumer<String> gaveUp) throws StoreException {
        return open(terms, connectedWithin(terms.external()), gaveUp);
    }

    static Duration connectedWithin(Terms.@Nullable External external) {
        return external == null ? CONNECTED_WITHIN : ANSWERED_WITHIN;
    }

    /// @param within for a session with the servers
    static ZooKeeperEnsemble open(Terms terms, Duration within, Consumer<String> gaveUp)
            throws StoreException {
        Deque<AutoCloseable> closing = new ArrayDeque<>();
        boolean open = false;
        try {
            KeyStores keys = KeyStores.of(terms);
            Terms.External external = terms.external();
            Joining joining = new Joining(terms, keys, gaveUp);
            Session session;
            String advertised;
            if (external == null) {
                int port = joining.open(closing);
                session = Session.open(own(terms.host(), port), terms.session(), keys, within);
                advertised = Member.at(terms.advertised(), port);
            } else {
                session = connect(external, terms.session(), keys, within);
                advertised = session.address();
            }
            closing.push(session);
            for (String path : List.of(Paths.EPOCH, Paths.OVERSEERS, Paths.SERVERS, Paths.VALUES)) {
                session.ensure(path);
            }
            session.ensure(Paths.SERVERS + "/" + terms.name());
            Place place = external == null ? joining.settle(session) : Place.ANY;
            ZooKeeperEnsemble ensemble =
                    new ZooKeeperEnsemble(
                            closing,
                            session,
                            terms,
                            advertised,
                            new Election.Tenure(place, gaveUp));
            ensemble.election.open();
            closing.push(ensemble.election);
            open = true;
            return ensemble;
        } catch (IOException e) {
            throw new StoreException("the store in " + terms.folder() + ": " + e.getMessage(), e);
        } finally {
            if (!open) {
                close(closing);
            }
        }
    }

    /// The server in this process, not the way that the others have to it: from here there may be none.
    private static String own(String host, int port) throws IOException {
        return Member.at(
                Reach.isEverywhere(host) ? InetAddress.getLoopbackAddress().getHostAddress() : host,
                port);
    }

    /// @throws StoreException if nobody answers in time, with what each server says instead
    private static Session connect(
            Terms.External external, Duration session, @Nullable KeyStores keys, Duration within)
            throws StoreException {
        try {
            return Session.open(String.join(",", external.addresses()), session, keys, within);
        } catch (StoreException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw e;
            }
            throw new StoreException(e.getMessage() + ": " + new Diagnosis(external), e);
        }
    }

    @Override
    public Value read(String name) throws StoreException {
        return values.read(name);
    }

    @Override
    public boolean write(List<Change> changes) throws StoreException {
        return values.write(changes);
    }

    @Override
    public boolean write(long epoch, List<Change> changes) throws StoreException {
        return values.write(epoch, changes);
    }

    @Override
    public double share(List<Change> changes) {
        return Values.share(changes);
    }

    @Override
    public void confirm() throws StoreException {
        epoch.confirm();
    }

    @Override
    public void watch(String name, Consumer<Value> watcher) {
        election.watch(name, watcher);
    }

    @Override
    public void stand(String card, Candidate candidate) {
        election.stand(card, candidate);
    }

    @Override
    public List<String> cards() throws StoreException {
        return session.ask(
                "overseers",
                () -> {
                    List<String> cards = new ArrayList<>();
                    for (String name : session.client().getChildren().forPath(Paths.OVERSEERS)) {
                        try {
                            cards.add(
                                    Session.text(
                                            session.client()
                                                    .getData()
                                                    .forPath(Paths.OVERSEERS + "/" + name)));
                        } catch (KeeperException.NoNodeException e) {
                            continue; // it ended in between
                        }
                    }
                    return cards;
                });
    }

    @Override
    public Set<String> members() throws StoreException {
        return isEmbedded
                ? new Servers(session, name).names()
                : session.ask(
                        "overseers",
                        () -> new TreeSet<>(session.client().getChildren().forPath(Paths.SERVERS)));
    }

    @Override
    public boolean forget(String gone) throws StoreException {
        epoch.confirm();
        return isEmbedded
                ? new Servers(session, name).forget(gone, epoch)
                : epoch.remove(Paths.SERVERS + "/" + gone, Paths.OVERSEERS + "/" + gone);
    }

    @Override
    public String address() {
        return advertised;
    }

    @Override
    public void close() {
        close(closing);
    }

    private static void close(Deque<AutoCloseable> closing) {
        while (!closing.isEmpty()) {
            try {
                closing.pop().close();
            } catch (Exception e) {
                LOG.warn("the store does not close: {}", e.toString());
            }
        }
    }
}
