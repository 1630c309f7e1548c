package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.repository.Index;
import org.stagedpipe.repository.RepositoryServer;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/// A whole overseer: its ports, its members, its store. [#open] starts it, close ends it; the members look for the next
/// one by themselves.
///
/// Owns the servers' threads and three of its own: `overseer-leases` ends leases and remembers who the workers are,
/// `overseer-rollouts` judges canaries, `overseer-sweeper` removes from the repository what nobody needs.
final class Overseer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Overseer.class);
    private static final int LOOKS_PER_LEASE = 6;
    private static final Duration GRACE = Duration.ofMillis(500);
    private static final int SWEEPS_PER_GRACE = 4;
    private static final Duration SWEEP_EVERY = Duration.ofHours(1);

    private final OverseerSettings settings;
    private final String version;
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private volatile Endpoint nodesAt;
    private Endpoint adminAt;
    private String repositoryAt = "";
    private long epoch;

    private Overseer(OverseerSettings settings, String version) {
        this.settings = settings;
        this.version = version;
        this.nodesAt = settings.node().listen();
        this.adminAt = settings.admin();
    }

    /// Listens on all its ports and leads.
    ///
    /// @param version of the software, shown to people
    /// @throws CallException if a port is in use, or the data cannot be used; the text is one line
    static Overseer open(OverseerSettings settings, String version) throws CallException {
        Overseer overseer = new Overseer(settings, version);
        boolean open = false;
        try {
            overseer.open();
            open = true;
            return overseer;
        } catch (StoreException | IOException e) {
            throw new CallException(Kind.REFUSED, String.valueOf(e.getMessage()), e);
        } finally {
            if (!open) {
                overseer.close();
            }
        }
    }

    private void open() throws CallException, StoreException, IOException {
        Store store = FileStore.in(settings.node().data());
        closing.push(store::close);
        Blobs blobs = Blobs.in(settings.node().data().resolve("blobs"));
        epoch = store.claim();
        Set<String> known = store.workers();
        Nodes nodes =
                new Nodes(
                        new Nodes.Terms(
                                settings.node().name(),
                                epoch,
                                settings.lease(),
                                settings.heartbeat()),
                        known,
                        System::nanoTime,
                        System::currentTimeMillis);
        Rollout rollout = new Rollout(store, nodes, settings.lease());
        Rollouts rollouts =
                new Rollouts(store, nodes, rollout, System::nanoTime, System::currentTimeMillis);
        rollouts.recover();
        rollout.resume();
        serveRepository(store, blobs);
        serveOperators(store, blobs, nodes, rollout, rollouts);
        serveNodes(store, blobs, nodes);
        watchLeases(store, nodes, known);
        watchRollouts(rollouts);
    }

    private void serveRepository(Store store, Blobs blobs) throws IOException {
        Security.PemFiles pem = settings.node().security().files();
        Endpoint listen = settings.repository();
        Index index = new Index(blobs);
        RepositoryServer repository =
                new RepositoryServer(
                        new InetSocketAddress(listen.host(), listen.port()),
                        pem == null ? null : PemTls.context(pem),
                        blobs,
                        () -> index(store, index));
        closing.push(repository::close);
        repository.open();
        repositoryAt =
                (pem == null ? "http://" : "https://")
                        + new Endpoint(settings.node().advertised(), repository.port())
                        + "/index.xml";
    }

    private static byte[] index(Store store, Index index) throws IOException {
        try {
            Catalogue catalogue = store.catalogue();
            List<PluginVersion> all =
                    catalogue.installed().stream()
                            .flatMap(entry -> entry.available().stream())
                            .toList();
            return index.xml(catalogue.version(), all, catalogue.availableLibraries());
        } catch (StoreException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void serveOperators(
            Store store, Blobs blobs, Nodes nodes, Rollout rollout, Rollouts rollouts)
            throws CallException, IOException {
        AuditLog audit =
                AuditLog.in(settings.node().data().resolve("audit"), System::currentTimeMillis);
        Turn turn = new Turn();
        Changes changes =
                new Changes(
                        store,
                        blobs,
                        nodes,
                        rollout,
                        rollouts,
                        audit,
                        turn,
                        System::currentTimeMillis);
        Libraries libraries =
                new Libraries(store, blobs, nodes, rollout, audit, turn, System::currentTimeMillis);
        Plugins plugins = new Plugins(nodes);
        Publishing publishing =
                new Publishing(
                        store, blobs, changes, libraries, plugins, settings.installTimeout());
        RepositoryAdmin repository = new RepositoryAdmin(store, changes, libraries, plugins);
        Admin admin = new Admin(store, nodes, changes, publishing, rollouts, audit, settings);
        Itself itself =
                new Itself(
                        name(),
                        version,
                        this::nodesAt,
                        System.currentTimeMillis(),
                        System::currentTimeMillis);
        Server server =
                repository
                        .on(
                                admin.on(
                                        Server.at(settings.admin(), settings.node().security()),
                                        itself))
                        .start();
        closing.push(() -> server.close(GRACE));
        server.serving(true);
        adminAt = new Endpoint(settings.node().advertised(), server.endpoint().port());
        Sweeper sweeper =
                new Sweeper(
                        store,
                        blobs,
                        libraries,
                        audit,
                        turn,
                        settings.collectAfter(),
                        System::currentTimeMillis);
        run("overseer-sweeper", () -> sweep(sweeper));
    }

    private void sweep(Sweeper sweeper) {
        Duration every = settings.collectAfter().dividedBy(SWEEPS_PER_GRACE);
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(every.compareTo(SWEEP_EVERY) < 0 ? every : SWEEP_EVERY);
                try {
                    sweeper.sweep();
                } catch (CallException e) {
                    LOG.debug("not swept: {}", e.getMessage()); // an operator changes something
                } catch (StoreException | IOException e) {
                    LOG.warn("the repository is not swept: {}", e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serveNodes(Store store, Blobs blobs, Nodes nodes) throws CallException {
        Assigner assigner = new Assigner(store, nodes, new SplittableRandom());
        Server server =
                Server.at(settings.node().listen(), settings.node().security())
                        .unary(Rpcs.DESCRIBE, request -> info())
                        .unary(
                                Rpcs.ASSIGN_COORDINATOR,
                                request -> Admin.stored(() -> assigner.assign(request)))
                        .stream(Rpcs.SUBSCRIBE, call -> Subscription.open(nodes, call))
                        .exchange(Rpcs.FETCH, new Fetcher(blobs)::fetch)
                        .start();
        nodesAt = new Endpoint(settings.node().advertised(), server.endpoint().port());
        closing.push(() -> server.close(GRACE));
        closing.push(nodes::close);
        server.serving(true);
    }

    private void watchLeases(Store store, Nodes nodes, Set<String> known) {
        run("overseer-leases", () -> endLeases(store, nodes, known));
    }

    private void watchRollouts(Rollouts rollouts) {
        run("overseer-rollouts", () -> judge(rollouts));
    }

    private void judge(Rollouts rollouts) {
        String said = "";
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(settings.heartbeat());
                try {
                    rollouts.judge();
                    said = "";
                } catch (CallException | StoreException e) {
                    String text = String.valueOf(e.getMessage());
                    if (!text.equals(said)) {
                        LOG.warn("rollouts are not judged: {}", text);
                    }
                    said = text;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(String name, Runnable loop) {
        Thread thread = Thread.ofVirtual().name(name).start(loop);
        closing.push(() -> {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void endLeases(Store store, Nodes nodes, Set<String> known) {
        Set<String> remembered = known;
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(settings.lease().dividedBy(LOOKS_PER_LEASE));
                nodes.expire();
                remembered = remember(store, nodes.workerNames(), remembered);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Set<String> remember(Store store, Set<String> now, Set<String> before) {
        if (now.equals(before)) {
            return before;
        }
        try {
            store.workers(now);
        } catch (StoreException e) {
            LOG.warn("the names of the workers are not kept: {}", e.getMessage());
        }
        return now;
    }

    private OverseerInfo info() {
        return OverseerInfo.newBuilder()
                .setName(settings.node().name())
                .setVersion(version)
                .setAdmin(adminAt.toAddress())
                .setRepository(repositoryAt)
                .setEpoch(epoch)
                .build();
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
