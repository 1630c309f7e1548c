package org.stagedpipe.worker;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.protocol.v1.BundleSignature;
import org.stagedpipe.protocol.v1.FetchRequest;
import org.stagedpipe.protocol.v1.FetchResponse;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.HoldResponse;
import org.stagedpipe.protocol.v1.Library;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.protocol.v1.PluginLibraries;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Welcome;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;
import org.stagedpipe.worker.memory.Bounds;
import org.stagedpipe.worker.memory.Marks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/// The side of the overseer that a worker sees: orders, and bundles by digest.
final class TestOverseer implements AutoCloseable {

    private static final int CHUNK = 1_000;

    final List<FetchRequest> fetches = new CopyOnWriteArrayList<>();
    volatile boolean goodbye;
    volatile @Nullable Hello hello;
    volatile Applied applied = Applied.getDefaultInstance();
    private static final NodeOrder WELCOME =
            NodeOrder.newBuilder()
                    .setWelcome(
                            Welcome.newBuilder().setEpoch(1).setLeaseMs(3_000).setHeartbeatMs(10))
                    .build();

    volatile Heartbeat heartbeat = Heartbeat.getDefaultInstance();

    /// Ends each fetch after so many bytes.
    volatile int fetchAtMost = Integer.MAX_VALUE;

    /// Says nothing more after so many bytes, until it is closed.
    volatile boolean freezes;

    /// Part of the next plans.
    volatile List<BundleSignature> signatures = List.of();

    private final Map<ByteString, ByteString> bundles = new ConcurrentHashMap<>();
    private final List<PluginLibraries> needs = new CopyOnWriteArrayList<>();
    private final List<Library> known = new CopyOnWriteArrayList<>(); // those of the needs
    private final Server server;
    private volatile @Nullable Exchange<NodeOrder, NodeReport> member;
    private volatile WorkerPlan plan = WorkerPlan.getDefaultInstance();

    /// The settings of a worker that joins it, all others as they are by default.
    ///
    /// @param data its folder
    WorkerSettings worker(Path data) {
        return WorkerSettings.read(
                Map.of(
                        "name",
                        "w1",
                        "port",
                        "0",
                        "overseers",
                        endpoint().toString(),
                        "data",
                        data.toString()),
                2,
                new WorkerSettings.Heap(256 << 20, 0));
    }

    /// The same with that much memory, which is to stop within 2 s.
    WorkerSettings worker(Path data, Bounds bounds, Marks marks) {
        WorkerSettings read = worker(data);
        return new WorkerSettings(
                read.node(),
                read.plugin(),
                read.trust(),
                read.fetchTimeout(),
                read.cacheBytes(),
                read.part(),
                bounds,
                marks,
                Duration.ofSeconds(2));
    }

    private TestOverseer() throws CallException {
        server =
                Server.at(new Endpoint("127.0.0.1", 0), Security.loopbackOnly())
                        .unary(Rpcs.DESCRIBE, request -> OverseerInfo.getDefaultInstance())
                        .unary(Rpcs.ASSIGN_COORDINATOR, request -> Assignment.getDefaultInstance())
                        .exchange(Rpcs.SUBSCRIBE, this::member)
                        .exchange(Rpcs.FETCH, this::fetch)
                        .unary(Rpcs.HOLD, request -> HoldResponse.getDefaultInstance())
                        .start();
    }

    static TestOverseer open() throws CallException {
        return new TestOverseer();
    }

    Endpoint endpoint() {
        return server.endpoint();
    }

    void has(PluginJar jar) {
        bundles.put(jar.version().getSha256(), jar.bytes());
    }

    void has(LibraryJar jar) {
        bundles.put(jar.library().getSha256(), jar.bytes());
    }

    /// From the next plan on, that plugin needs these.
    void needs(PluginJar plugin, LibraryJar... libraries) {
        PluginLibraries.Builder its =
                PluginLibraries.newBuilder().setPlugin(plugin.version().getSha256());
        for (LibraryJar library : libraries) {
            its.addLibraries(known.size());
            known.add(library.library());
        }
        needs.add(its.build());
    }

    /// Orders these, and only these.
    synchronized void plan(PluginJar... jars) throws Exception {
        plan =
                WorkerPlan.newBuilder()
                        .setRevision(plan.getRevision() + 1)
                        .addAllPlugins(List.of(jars).stream().map(PluginJar::version).toList())
                        .addAllNeeds(needs)
                        .addAllLibraries(known)
                        .addAllSignatures(signatures)
                        .build();
        Exchange<NodeOrder, NodeReport> now = member;
        if (now != null) {
            try {
                now.send(NodeOrder.newBuilder().setWorkerPlan(plan).build());
            } catch (CallException e) {
                member = null; // it left, and is ordered when it comes back
            }
        }
    }

    /// What the worker says of the present plan, once it does.
    Applied awaitApplied() throws Exception {
        Eventually.holds(
                "applied revision " + plan.getRevision(),
                () -> applied.getRevision() == plan.getRevision(),
                () -> heartbeat);
        return applied;
    }

    PluginStatus awaitStatus(PluginVersion version, State state) throws Exception {
        Eventually.holds(
                version.getVersion() + " is " + state,
                () -> status(version).getState() == state,
                () -> heartbeat);
        return status(version);
    }

    PluginStatus status(PluginVersion version) {
        return heartbeat.getPluginsList().stream()
                .filter(status -> status.getPlugin().equals(version))
                .reduce((first, last) -> last)
                .orElse(PluginStatus.getDefaultInstance());
    }

    private void member(Exchange<NodeOrder, NodeReport> exchange)
            throws CallException, InterruptedException {
        for (NodeReport report = exchange.next(); report != null; report = exchange.next()) {
            switch (report.getMessageCase()) {
                case HELLO -> {
                    hello = report.getHello();
                    exchange.send(WELCOME);
                    synchronized (this) { // the newest plan is the last one that it gets
                        member = exchange;
                        exchange.send(NodeOrder.newBuilder().setWorkerPlan(plan).build());
                    }
                }
                case HEARTBEAT -> {
                    heartbeat = report.getHeartbeat();
                    exchange.send(WELCOME); // a sign of life
                }
                case APPLIED -> applied = report.getApplied();
                case GOODBYE -> goodbye = true;
                case MESSAGE_NOT_SET -> throw new AssertionError(report);
            }
        }
    }

    private void fetch(Exchange<FetchResponse, FetchRequest> exchange)
            throws CallException, InterruptedException {
        FetchRequest request = exchange.next();
        if (request == null) {
            throw new CallException(CallException.Kind.INVALID, "no request");
        }
        fetches.add(request);
        ByteString bytes = bundles.get(request.getSha256());
        if (bytes == null) {
            throw new CallException(CallException.Kind.NOT_FOUND, "no such bundle");
        }
        int sent = 0;
        for (int at = (int) request.getOffset(); at < bytes.size(); at += CHUNK) {
            if (sent >= fetchAtMost) {
                if (freezes) {
                    new CountDownLatch(1).await();
                }
                throw new CallException(CallException.Kind.UNREACHABLE, "interrupted for the test");
            }
            int end = Math.min(at + CHUNK, bytes.size());
            exchange.send(
                    FetchResponse.newBuilder()
                            .setSize(bytes.size())
                            .setData(bytes.substring(at, end))
                            .build());
            sent += end - at;
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
