package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.cluster.ensemble.Ensemble.Value;
import org.stagedpipe.cluster.ensemble.Ensembles;
import org.stagedpipe.cluster.ensemble.Terms;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.repository.Index;
import org.stagedpipe.repository.RepositoryServer;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// A whole overseer: its ports, its part in what overseers share, its seat among them. [#open] starts it, close ends it;
/// the members look for the next one by themselves.
///
/// Owns the servers' threads.
final class Overseer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Overseer.class);
    private static final Duration GRACE = Duration.ofMillis(500);
    private static final Duration DECIDED_WITHIN = Duration.ofSeconds(30);

    /// Calls of one connection within 30 s. Those of this project reset one at their end, or one a second that has no answer.
    static final int MAX_RESETS = 1_000;

    private final OverseerSettings settings;
    private final String version;
    private final Ensembles ensembles;
    private final Consumer<String> recycle;
    private final CompletableFuture<String> lost = new CompletableFuture<>(); // why
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private volatile Value catalogue = Value.ABSENT; // its index as this overseer saw it last
    private volatile Endpoint nodesAt;
    private Endpoint adminAt;
    private String repositoryAt = "";

    private Overseer(
            OverseerSettings settings,
            String version,
            Ensembles ensembles,
            Consumer<String> recycle) {
        this.settings = settings;
        this.version = version;
        this.ensembles = ensembles;
        this.recycle = recycle;
        this.nodesAt = settings.node().listen();
        this.adminAt = settings.admin();
    }

    /// Listens on all its ports; leads or follows when this returns.
    ///
    /// @param version of the software, shown to people
    /// @param recycle told why this process is to be started anew
    /// @throws CallException if a port is in use, or the data cannot be used; the text is one line
    static Overseer open(
            OverseerSettings settings,
            String version,
            Ensembles ensembles,
            Consumer<String> recycle)
            throws CallException {
        Overseer overseer = new Overseer(settings, version, ensembles, recycle);
        boolean open = false;
        try {
            overseer.open();
            open = true;
            return overseer;
        } catch (StoreException | IOException e) {
            throw new CallException(Kind.REFUSED, String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CallException(Kind.CANCELLED, "interrupted while the overseer starts", e);
        } finally {
            if (!open) {
                overseer.close();
            }
        }
    }

    private void open() throws CallException, StoreException, IOException, InterruptedException {
        settings.checkPorts();
        Founding.refuseOldFormat(settings.node().data());
        Terms sharing = new Founding(settings).terms();
        Ensemble ensemble = ensembles.open(sharing, lost::complete);
        closing.push(ensemble::close);
        EnsembleStore store = new EnsembleStore(ensemble);
        store.catalogue(
                ensemble.read(StoredCatalogue.INDEX)); // or it would lead, and fail, in vain
        Blobs blobs = Blobs.in(settings.node().data().resolve("blobs"));
        Peers peers = new Peers(name(), ensemble, System::currentTimeMillis);
        Replicas replicas =
                new Replicas(blobs, ensemble, peers, settings.node().security(), this::nodesAt);
        long startedMs = System.currentTimeMillis();
        Term.Parts parts =
                new Term.Parts(
                        settings,
                        store,
                        blobs,
                        replicas,
                        ensemble,
                        new AuditLog(ensemble, System::currentTimeMillis),
                        new Itself(
                                name(),
                                version,
                                this::nodesAt,
                                peers,
                                store,
                                replicas.disk(),
                                startedMs,
                                System::currentTimeMillis),
                        peers::addresses);
        Pulse pulse = new Pulse(settings.node().security(), settings.sharing().session());
        Seat seat =
                new Seat(
                        name(),
                        pulse::hasEnded,
                        new Namesake(name(), this::nodesAt, settings.node().security())::answers,
                        epoch -> {
                            store.forget();
                            return Term.open(parts, epoch);
                        });
        serveRepository(store, blobs, sharing.tls());
        serveOperators(seat);
        serveNodes(seat, peers, blobs, replicas, ensemble);
        ensemble.watch(StoredCatalogue.INDEX, value -> catalogue = value);
        ensemble.stand(card(startedMs).toString(), seat);
        await(seat.decided());
        peers.look();
        if (sharing.external() == null
                && settings.node().overseers().isEmpty()
                && peers.members().size() > 1) {
            LOG.warn(
                    "{} is one of {} overseers and its settings name no other one: if it loses its"
                        + " disk it founds a cluster of its own (expected: \"overseers\" with the"
                        + " others)",
                    name(),
                    peers.members().size());
        }
        Upkeep upkeep =
                new Upkeep(
                        settings,
                        store,
                        blobs,
                        peers,
                        new Rivals(peers, this::nodesAt, settings.node().security()),
                        replicas,
                        () -> catalogue,
                        () -> seat.state() == SeatState.FOLLOWING,
                        System::nanoTime);
        upkeep.open();
        closing.push(upkeep::close);
        pulse.open(seat::other);
        closing.push(pulse::close);
        var _ = lost.thenAccept(why -> recycle.accept("overseer " + name() + ": " + why));
    }

    private Card card(long startedMs) {
        return new Card(
                name(),
                nodesAt,
                adminAt,
                repositoryAt,
                new Card.Process(version, ProcessHandle.current().pid(), startedMs));
    }

    /// @throws CallException also if its part in the ensemble is lost before
    private void await(CompletableFuture<?> decided) throws CallException, InterruptedException {
        try {
            Object _ =
                    CompletableFuture.anyOf(decided, lost)
                            .get(DECIDED_WITHIN.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new CallException(
                    Kind.TIMED_OUT,
                    "no overseer leads after " + DECIDED_WITHIN.toSeconds() + " s (expected: one)",
                    e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("neither fails", e);
        }
        if (lost.isDone()) {
            throw new CallException(Kind.REFUSED, lost.join());
        }
    }

    private void serveRepository(EnsembleStore store, Blobs blobs, Terms.@Nullable PemFiles pem)
            throws IOException {
        Endpoint listen = settings.repository();
        Index index = new Index(blobs);
        RepositoryServer repository =
                new RepositoryServer(
                        new InetSocketAddress(listen.host(), listen.port()),
                        pem == null
                                ? null
                                : new RepositoryServer.Tls(PemTls.context(pem), Readers::refusal),
                        blobs,
                        () -> index(store, index));
        closing.push(repository::close);
        repository.open();
        repositoryAt =
                (pem == null ? "http://" : "https://")
                        + new Endpoint(settings.node().advertised(), repository.port())
                        + "/index.xml";
        settings.node()
                .security()
                .onChange(() ->
                        LOG.warn(
                                "TLS files have changed; the store and port {} use the old ones"
                                        + " until {} is restarted",
                                repository.port(),
                                name()));
    }

    private byte[] index(EnsembleStore store, Index index) throws IOException {
        try {
            Catalogue now = store.catalogue(catalogue);
            List<PluginVersion> all =
                    now.installed().stream().flatMap(entry -> entry.available().stream()).toList();
            return index.xml(now.version(), all, now.availableLibraries());
        } catch (StoreException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void serveOperators(Seat seat) throws CallException {
        Server server =
                Admin.on(
                                Server.at(settings.admin(), settings.node().security())
                                        .maxResets(MAX_RESETS),
                                () -> seat.term().admin())
                        .start();
        closing.push(() -> server.close(GRACE));
        server.serving(true);
        adminAt = new Endpoint(settings.node().advertised(), server.endpoint().port());
    }

    private void serveNodes(
            Seat seat, Peers peers, Blobs blobs, Replicas replicas, Ensemble ensemble)
            throws CallException {
        FrontDesk desk =
                new FrontDesk(
                        new FrontDesk.Here(name(), version, this::adminAt, this::repositoryAt),
                        seat,
                        peers,
                        settings.node().security(),
                        ensemble.address());
        Server server =
                Server.at(settings.node().listen(), settings.node().security())
                        .maxResets(MAX_RESETS)
                        .unary(Rpcs.DESCRIBE, desk::describe)
                        .unary(Rpcs.ASSIGN_COORDINATOR, desk::assign)
                        .stream(
                                Rpcs.SUBSCRIBE,
                                call -> Subscription.open(seat, peers::addresses, call))
                        .exchange(Rpcs.FETCH, new Fetcher(blobs, replicas)::fetch)
                        .unary(Rpcs.HOLD, replicas::hold)
                        .start();
        nodesAt = new Endpoint(settings.node().advertised(), server.endpoint().port());
        closing.push(() -> server.close(GRACE));
        closing.push(seat::leave);
        server.serving(true);
    }

    /// Its name in the cluster.
    String name() {
        return settings.node().name();
    }

    /// Whether callers must prove who they are.
    boolean isMutual() {
        return settings.node().security().isMutual();
    }

    /// Where nodes and clients call, with the real port.
    Endpoint nodesAt() {
        return nodesAt;
    }

    /// Where operators call, with the real port.
    Endpoint adminAt() {
        return adminAt;
    }

    /// The URL of the repository's index.
    String repositoryAt() {
        return repositoryAt;
    }

    /// What the launcher prints.
    @Override
    public String toString() {
        return "overseer "
                + settings.node().name()
                + " on "
                + nodesAt
                + ", admin on "
                + adminAt
                + ", repository at "
                + repositoryAt;
    }

    @Override
    public void close() {
        while (!closing.isEmpty()) {
            closing.pop().run();
        }
    }
}
