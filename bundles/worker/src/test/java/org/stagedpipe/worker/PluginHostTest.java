package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.stagedpipe.engine.PipelinesListener;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.PluginLibraries;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.worker.leak.HeapWalk;
import org.stagedpipe.worker.plugin.Blobs;
import org.stagedpipe.worker.plugin.BundleSource;
import org.stagedpipe.worker.plugin.Lease;
import org.stagedpipe.worker.plugin.PluginException;
import org.stagedpipe.worker.plugin.PluginHost;
import org.stagedpipe.worker.plugin.PluginTerms;
import org.stagedpipe.worker.plugin.Trust;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// What groups ask a host for while it knows of no plan, in a real container.
@Timeout(40)
class PluginHostTest {

    private static final String STOPS_SLOWLY =
            "context.addBundleListener((SynchronousBundleListener) event -> {"
                    + " if (event.getType() == BundleEvent.STOPPING)"
                    + " java.util.concurrent.locks.LockSupport.parkNanos(500_000_000L); });";

    @TempDir Path storage;
    @TempDir Path data;

    private final BlockingQueue<Applied> applied = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> recycled = new LinkedBlockingQueue<>();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch arrived = new CountDownLatch(1);
    private Container container;
    private PluginJar plug;
    private LibraryJar tool;
    private PluginHost.Owner owner;
    private PluginHost host;

    @BeforeEach
    void open() throws Exception {
        container = Container.open(storage);
        tool = LibraryJar.of("1.2.0");
        plug = PluginJar.of("1.0.0", Map.of(), Map.of("Import-Package", "tool,*"));
        owner =
                new PluginHost.Owner() {
                    @Override
                    public void applied(Applied report) {
                        applied.add(report);
                    }

                    @Override
                    public void recycle(String why) {
                        recycled.add(why);
                    }
                };
        host = host(container.context());
    }

    private PluginHost host(BundleContext context) {
        return new PluginHost(
                context,
                new Blobs(data, Long.MAX_VALUE, this::fetch, Duration.ofSeconds(20)),
                Trust.ANY,
                new HeapWalk(data.resolve("dumps"), name -> name),
                new PluginTerms(
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(2),
                        2,
                        2,
                        Duration.ZERO,
                        4,
                        Duration.ZERO),
                owner,
                new PipelinesListener() {});
    }

    private void fetch(PluginVersion version, BundleSource.Sink sink, Duration within, int attempt)
            throws IOException, InterruptedException {
        boolean isPlugin = version.equals(plug.version());
        if (isPlugin) {
            asked.countDown();
            assertTrue(arrived.await(20, TimeUnit.SECONDS));
        }
        ByteString bytes = isPlugin ? plug.bytes() : tool.bytes();
        sink.write(bytes.substring((int) sink.offset()));
    }

    @AfterEach
    void close() throws Exception {
        host.close();
        container.close();
    }

    private WorkerPlan plan() {
        return WorkerPlan.newBuilder()
                .setRevision(1)
                .addPlugins(plug.version())
                .addLibraries(tool.library())
                .addNeeds(
                        PluginLibraries.newBuilder()
                                .setPlugin(plug.version().getSha256())
                                .addLibraries(0))
                .build();
    }

    @Test
    void anAttemptThatBeganBeforeThePlanIsRepeatedByThePlan() throws Exception {
        host.open();
        CompletableFuture<Lease> lease = host.acquire(plug.version());
        assertTrue(asked.await(20, TimeUnit.SECONDS));
        host.plan(plan());
        Eventually.holds("the plan is here", () -> host.adopted() == 1, host::statuses);
        arrived.countDown();

        Applied report = applied.poll(20, TimeUnit.SECONDS);
        assertEquals(State.READY, report.getPlugins(0).getState(), report.toString());
        lease.get(20, TimeUnit.SECONDS).close();
    }

    @Test
    void whatFailsBeforeThePlanSaysWhatItNeedsMayPass() {
        arrived.countDown();
        host.open();
        ExecutionException thrown =
                assertThrows(
                        ExecutionException.class,
                        () -> host.acquire(plug.version()).get(20, TimeUnit.SECONDS));
        PluginException failure = assertInstanceOf(PluginException.class, thrown.getCause());
        assertEquals(
                "plug 1.0.0 cannot be started: needs package tool, this worker has none; no"
                        + " overseer has said yet what it needs",
                failure.getMessage());
        assertTrue(failure.isRetryable());
    }

    @Test
    void whatAnEarlierRunLeftGoesBeforeWhatAGroupAskedFirst() throws Exception {
        arrived.countDown();
        leave("stagedpipe:library:slow", LibraryJar.of("1.0.0", STOPS_SLOWLY).bytes()).start();
        leave("stagedpipe:" + hex(plug.version().getSha256()), plug.bytes());
        host.plan(plan());
        CompletableFuture<Lease> lease = host.acquire(plug.version());
        host.open();
        lease.get(20, TimeUnit.SECONDS).close();
    }

    @Test
    void anErrorOnItsThreadLeavesNoLaterPlanUnheard() throws Exception {
        AtomicBoolean thrown = new AtomicBoolean();
        host =
                host(
                        (BundleContext)
                                Proxy.newProxyInstance(
                                        BundleContext.class.getClassLoader(),
                                        new Class<?>[] {BundleContext.class},
                                        (proxy, method, arguments) -> {
                                            if (method.getName().equals("getBundles")
                                                    && thrown.compareAndSet(false, true)) {
                                                throw new OutOfMemoryError("no thread");
                                            }
                                            try {
                                                return method.invoke(
                                                        container.context(), arguments);
                                            } catch (InvocationTargetException e) {
                                                throw e.getCause();
                                            }
                                        }));
        arrived.countDown();
        host.open();
        host.plan(plan());
        assertEquals(
                "plugin host threw OutOfMemoryError: no thread",
                recycled.poll(20, TimeUnit.SECONDS));
        Applied report = applied.poll(20, TimeUnit.SECONDS);
        assertEquals(State.READY, report.getPlugins(0).getState(), report.toString());
    }

    private Bundle leave(String location, ByteString bytes) throws BundleException {
        return container.context().installBundle(location, bytes.newInput());
    }

    private static String hex(ByteString digest) {
        return HexFormat.of().formatHex(digest.toByteArray());
    }
}
