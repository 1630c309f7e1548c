package org.stagedpipe.worker;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.Address;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Server;
import org.stagedpipe.transport.node.Membership;
import org.stagedpipe.transport.node.NodeSettings;
import org.stagedpipe.transport.node.Orders;
import org.stagedpipe.transport.node.Overseers;
import org.stagedpipe.worker.leak.HeapWalk;
import org.stagedpipe.worker.memory.Guard;
import org.stagedpipe.worker.memory.Ledger;
import org.stagedpipe.worker.part.Parts;
import org.stagedpipe.worker.plugin.Blobs;
import org.stagedpipe.worker.plugin.OverseerSource;
import org.stagedpipe.worker.plugin.PluginHost;
import org.stagedpipe.worker.plugin.StuckStages;
import org.stagedpipe.worker.plugin.Trust;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// A worker: its plugins, its port, its membership. Opened and closed by the component; [#close()] is a graceful stop.
final class WorkerNode implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WorkerNode.class);
    private static final int PROTOCOL = 1;
    private static final Duration UNLOAD_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration SERVER_GRACE = Duration.ofSeconds(1);

    private final WorkerSettings settings;
    private final ByteString incarnation =
            ByteString.fromHex(UUID.randomUUID().toString().replace("-", ""));
    private final Overseers overseers;
    private final Consumer<String> recycle;
    private final BundleContext context;
    private final PluginHost host;
    private final Parts parts;
    private final Guard guard;
    private final Meter meter;
    private final Starvation starvation =
            new Starvation(Thread::startVirtualThread, System::nanoTime);
    private final AtomicBoolean recycling = new AtomicBoolean();
    private @Nullable Server server;
    private volatile @Nullable Membership membership;

    /// @param recycle told why this process is to be started anew
    WorkerNode(WorkerSettings settings, BundleContext context, Consumer<String> recycle) {
        this.settings = settings;
        this.recycle = recycle;
        this.context = context;
        NodeSettings node = settings.node();
        this.overseers = Overseers.in(node.data(), node.overseers());
        Blobs blobs =
                new Blobs(
                        node.data().resolve("blobs"),
                        settings.cacheBytes(),
                        new OverseerSource(overseers::all, node.security()),
                        settings.fetchTimeout());
        this.host =
                new PluginHost(
                        context,
                        blobs,
                        settings.trust(),
                        new HeapWalk(
                                node.data().resolve("dumps"), settings.part().secrets()::nameShown),
                        settings.plugin(),
                        new PluginControls(),
                        new StuckStages(
                                settings.plugin().stuckStages(),
                                this::recycle,
                                System::nanoTime,
                                settings.part().secrets()::redacted,
                                settings.part().secrets()::nameShown));
        Ledger ledger = new Ledger(settings.memory(), System::nanoTime);
        this.parts = new Parts(node.name(), incarnation, host::acquire, settings.part(), ledger);
        this.guard = new Guard(ledger, settings.marks(), new MemoryControls());
        this.meter = new Meter(parts, guard, System::nanoTime);
    }

    /// Serves, then looks for an overseer.
    ///
    /// @throws CallException if it cannot listen
    void open() throws CallException {
        NodeSettings node = settings.node();
        Server started =
                Server.at(node.listen(), node.security())
                        .streamWindows(settings.part().unread().windows())
                        .stream(Rpcs.RUN, parts)
                        .stream(Rpcs.WATCH, parts.watch())
                        .start();
        server = started;
        host.open();
        guard.open();
        Membership joined =
                new Membership(
                        hello(started.endpoint()),
                        overseers,
                        node.security(),
                        this::heartbeat,
                        new Orders() {
                            @Override
                            public void plan(WorkerPlan plan) {
                                host.plan(plan);
                            }
                        });
        membership = joined;
        joined.open();
        started.serving(true);
    }

    /// Where it serves, with the real port.
    Endpoint endpoint() {
        Server running = server;
        if (running == null) {
            throw new IllegalStateException("worker: not open (expected: open)");
        }
        return running.endpoint();
    }

    private Hello hello(Endpoint endpoint) {
        return Hello.newBuilder()
                .setProtocol(PROTOCOL)
                .setName(settings.node().name())
                .setRole(Role.WORKER)
                .setAddress(
                        Address.newBuilder()
                                .setHost(settings.node().advertised())
                                .setPort(endpoint.port()))
                .setVersion(Platform.version(context))
                .setIncarnation(incarnation)
                .addAllPlatform(Platform.of(context))
                .setSignedOnly(settings.trust() != Trust.ANY)
                .setPid(ProcessHandle.current().pid())
                .build();
    }

    private Heartbeat heartbeat() {
        starvation.look();
        return Heartbeat.newBuilder()
                .setPlanRevision(
                        host.adopted()) // first: what it holds is of that plan or a later one
                .setLoad(meter.load().toBuilder().setLeakedLoaders(host.leaks()))
                .addAllPlugins(host.statusesWithLoad())
                .build();
    }

    private void recycle(String why) {
        if (recycling.compareAndSet(false, true)) {
            LOG.error("worker {} is to be started anew: {}", settings.node().name(), why);
            recycle.accept("worker " + settings.node().name() + ": " + why);
        }
    }

    /// Says goodbye, ends or hands back the groups, drops the plugins, leaves.
    @Override
    public void close() {
        LOG.info("worker {} stops", settings.node().name());
        Server running = server;
        if (running != null) {
            running.serving(false);
        }
        Membership current = membership;
        if (current != null) {
            current.goodbye("the worker stops");
        }
        guard.close();
        parts.close(settings.stopTimeout());
        host.close(UNLOAD_TIMEOUT);
        if (running != null) {
            running.close(SERVER_GRACE);
        }
        if (current != null) {
            current.close();
        }
    }

    /// Whom the plugins' host tells.
    private final class PluginControls implements PluginHost.Owner {

        @Override
        public void applied(Applied applied) {
            Membership current = membership;
            if (current != null) {
                current.applied(applied);
            }
        }

        @Override
        public void recycle(String why) {
            WorkerNode.this.recycle(why);
        }
    }

    /// What the brake acts on.
    private final class MemoryControls implements Guard.Controls {

        @Override
        public void paused(boolean isPaused) {
            parts.paused();
        }

        @Override
        public void handBack(Duration waited) {
            parts.handBack(waited);
        }

        @Override
        public void recycle(String why) {
            WorkerNode.this.recycle(why);
        }
    }
}
