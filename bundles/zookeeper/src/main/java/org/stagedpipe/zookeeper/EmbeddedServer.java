package org.stagedpipe.zookeeper;

import org.apache.zookeeper.server.DatadirCleanupManager;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.admin.AdminServer.AdminServerException;
import org.apache.zookeeper.server.quorum.QuorumPeer;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig.ConfigException;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;
import org.apache.zookeeper.util.ServiceUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.StoreException;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/// A ZooKeeper server in this process. [#start] waits until it belongs to a majority, close ends it.
///
/// Owns the thread `store-server`, which waits for all others of the server and ends when it is closed. Where ZooKeeper gives up
/// and would end the process, its owner is told: what it served fails from then on.
final class EmbeddedServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedServer.class);
    private static final Duration READY_WITHIN = Duration.ofSeconds(30);
    private static final Duration STOPPED_WITHIN = Duration.ofSeconds(10);
    private static final long LOOK_AGAIN_MS = 10;
    private final Path configuration;
    private final Consumer<String> gaveUp;
    private final Main main = new Main();
    private final Thread thread;
    private volatile boolean isReady;
    private volatile boolean isClosing;
    private volatile @Nullable String failure;

    private EmbeddedServer(Path configuration, Consumer<String> gaveUp) {
        this.configuration = configuration;
        this.gaveUp = gaveUp;
        this.thread = Thread.ofPlatform().name("store-server").daemon().unstarted(this::run);
    }

    /// @param gaveUp told why, if it gives up once it has started; on a thread of ZooKeeper
    /// @throws StoreException if it cannot start, or finds no majority in time
    static EmbeddedServer start(Path configuration, Consumer<String> gaveUp) throws StoreException {
        EmbeddedServer server = new EmbeddedServer(configuration, gaveUp);
        server.thread.start();
        boolean started = false;
        try {
            server.awaitReady();
            server.isReady = true; // from now on a failure is told
            if (server.failure != null) {
                throw new StoreException("the store ends as it starts: " + server.failure);
            }
            started = true;
            return server;
        } finally {
            if (!started) {
                server.closeAfterFailure();
            }
        }
    }

    /// What did not start may not be made whole, and throw: that must not hide why it did not start.
    private void closeAfterFailure() {
        try {
            close();
        } catch (RuntimeException e) {
            LOG.warn("the store's server, which did not start, does not end well", e);
        }
    }

    private void awaitReady() throws StoreException {
        long end = System.nanoTime() + READY_WITHIN.toNanos();
        try {
            while (!main.isServing()) {
                String failed = failure;
                if (failed != null || !thread.isAlive()) {
                    throw new StoreException("the store does not start: " + failed);
                }
                if (System.nanoTime() > end) {
                    throw new StoreException(
                            "the store finds no majority of the overseers within "
                                    + READY_WITHIN.toSeconds()
                                    + " s (expected: more than half of "
                                    + ServerFiles.places(configuration)
                                    + ", this one among them)");
                }
                Thread.sleep(LOOK_AGAIN_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted while the store starts", e);
        }
    }

    private void run() {
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        // Some of its classes are looked for by the thread, not by the bundle.
        Thread.currentThread().setContextClassLoader(QuorumPeer.class.getClassLoader());
        ServiceUtils.setSystemExitProcedure(code -> {
            LOG.error("the store's server gives up with code {}", code);
            fail("it gave up with code " + code);
        });
        DatadirCleanupManager cleaner = null;
        try {
            QuorumPeerConfig config = new QuorumPeerConfig();
            config.parse(configuration.toString());
            cleaner =
                    new DatadirCleanupManager(
                            config.getDataDir(),
                            config.getDataLogDir(),
                            config.getSnapRetainCount(),
                            config.getPurgeInterval());
            cleaner.start();
            main.runFromConfig(config);
        } catch (ConfigException | IOException | AdminServerException | RuntimeException e) {
            LOG.error("the store's server ends", e);
            fail(reason(e));
        } finally {
            if (cleaner != null) {
                cleaner.shutdown();
            }
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    private void fail(String why) {
        failure = why;
        if (isReady && !isClosing) {
            gaveUp.accept("the store's server: " + why);
        }
    }

    private static String reason(Throwable thrown) {
        Throwable inner = thrown;
        while (inner.getCause() != null) {
            inner = inner.getCause();
        }
        return String.valueOf(inner.getMessage());
    }

    /// Waits until it has ended, also if the thread is interrupted; at most 20 s.
    @Override
    public void close() {
        isClosing = true;
        boolean wasInterrupted = Thread.interrupted();
        long end = System.nanoTime() + STOPPED_WITHIN.toNanos();
        while (!main.isRunning() && thread.isAlive() && System.nanoTime() < end) {
            wasInterrupted |=
                    !joined(LOOK_AGAIN_MS); // it would not notice earlier that it is closed
        }
        end = System.nanoTime() + STOPPED_WITHIN.toNanos();
        QuorumPeer peer = main.peer();
        main.close(); // ZooKeeper leaves threads behind when it is interrupted; it is asked first
        while (thread.isAlive() && System.nanoTime() < end) {
            wasInterrupted |= !joined(LOOK_AGAIN_MS);
        }
        if (thread.isAlive()) {
            thread.interrupt();
        } else if (peer != null) {
            // Again: if the members just changed it has begun an election since, which listens.
            peer.shutdown();
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits for its thread that long; false if this one was interrupted meanwhile.
    private boolean joined(long ms) {
        try {
            thread.join(ms);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    /// Shows the state of what it runs.
    private static final class Main extends QuorumPeerMain {

        /// What it runs; null before it is made, and once it is closed.
        @Nullable QuorumPeer peer() {
            return quorumPeer;
        }

        /// Whether it has been started, and has not ended.
        boolean isRunning() {
            QuorumPeer peer = quorumPeer;
            return peer != null && peer.isAlive();
        }

        /// Whether it belongs to a majority and answers.
        boolean isServing() {
            QuorumPeer peer = quorumPeer;
            ZooKeeperServer server = peer == null ? null : peer.getActiveServer();
            return server != null && server.isRunning();
        }
    }
}
