package org.stagedpipe.zookeeper;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.framework.state.SessionConnectionStateErrorPolicy;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.client.ZKClientConfig;
import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.StoreException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// A session with ZooKeeper. All waits end; what Curator throws becomes a [StoreException] of one line.
final class Session implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(2);

    private final CuratorFramework client;
    private final String connect;
    private final Silence silence;

    private Session(CuratorFramework client, String connect, Silence silence) {
        this.client = client;
        this.connect = connect;
        this.silence = silence;
    }

    /// Connects, waits for it.
    ///
    /// @throws StoreException if nobody answers in time
    static Session open(String connect, Duration session, @Nullable KeyStores keys, Duration within)
            throws StoreException {
        return open(connect, session, keys, within, System::nanoTime);
    }

    /// @param nanos monotonic
    static Session open(
            String connect,
            Duration session,
            @Nullable KeyStores keys,
            Duration within,
            LongSupplier nanos)
            throws StoreException {
        ZKClientConfig config = new ZKClientConfig();
        // Nobody logs in here, and it would look each address up backwards for a name.
        config.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, "false");
        if (keys != null) {
            keys.client().forEach(config::setProperty);
        }
        CuratorFramework client =
                CuratorFrameworkFactory.builder()
                        .connectString(connect)
                        .sessionTimeoutMs((int) session.toMillis())
                        .connectionTimeoutMs((int) CONNECT.toMillis())
                        .retryPolicy(new Retries(nanos))
                        .connectionStateErrorPolicy(new SessionConnectionStateErrorPolicy())
                        .ensembleTracker(false)
                        .dontUseContainerParents()
                        .zkClientConfig(config)
                        .build();
        Silence silence =
                new Silence(
                        () ->
                                Math.max(
                                        session.toMillis(),
                                        client.getZookeeperClient()
                                                .getLastNegotiatedSessionTimeoutMs()),
                        nanos);
        client.getConnectionStateListenable().addListener((from, state) -> silence.state(state));
        Session opened = new Session(client, connect, silence);
        boolean connected = false;
        try {
            client.start();
            connected = client.blockUntilConnected((int) within.toMillis(), TimeUnit.MILLISECONDS);
            if (!connected) {
                throw new StoreException(
                        "the store at "
                                + connect
                                + " does not answer within "
                                + within.toSeconds()
                                + " s");
            }
            return opened;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted while connecting to the store", e);
        } finally {
            if (!connected) {
                client.close();
            }
        }
    }

    CuratorFramework client() {
        return client;
    }

    /// Where it goes.
    String address() {
        return connect;
    }

    /// Whether the servers have been silent for as long as it lasts: it is over, whatever they know.
    boolean isSilent() {
        return silence.isLong();
    }

    /// Gives it up and begins another one.
    void renew() throws StoreException {
        ask(
                "session",
                () -> {
                    client.getZookeeperClient().reset();
                    return client;
                });
        silence.end();
    }

    /// The number that ephemeral nodes of this session bear.
    long id() throws StoreException {
        return ask("session", () -> client.getZookeeperClient().getZooKeeper().getSessionId());
    }

    /// Makes a node that stays, with those above it, unless it is there.
    void ensure(String path) throws StoreException {
        ask(
                path,
                () -> {
                    try {
                        client.create().creatingParentsIfNeeded().forPath(path, new byte[0]);
                    } catch (KeeperException.NodeExistsException e) {
                        return path; // that is what was wanted
                    }
                    return path;
                });
    }

    /// Asks, or does.
    ///
    /// @throws StoreException for whatever it throws
    <T> T ask(String about, Callable<T> question) throws StoreException {
        try {
            return question.call();
        } catch (StoreException e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted", e);
        } catch (Exception e) {
            throw new StoreException("store, " + about + ": " + reason(e), e);
        }
    }

    /// Does all of it or nothing; inside [#ask].
    ///
    /// @return false if others were faster
    boolean changed(List<CuratorOp> all) throws Exception {
        try {
            client.transaction().forOperations(all);
            return true;
        } catch (KeeperException.BadVersionException
                | KeeperException.NodeExistsException
                | KeeperException.NoNodeException e) {
            return false;
        }
    }

    private static String reason(Exception e) {
        return switch (e) {
            case KeeperException.ConnectionLossException _,
                    KeeperException.SessionExpiredException _,
                    KeeperException.OperationTimeoutException _ ->
                    "no majority of its servers answers";
            case KeeperException keeper -> keeper.code().name().toLowerCase(Locale.ROOT);
            default -> String.valueOf(e.getMessage());
        };
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        client.close();
    }
}
