package org.stagedpipe.console;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.CancelGroupRequest;
import org.stagedpipe.protocol.v1.CancelGroupResponse;
import org.stagedpipe.protocol.v1.CordonNodeRequest;
import org.stagedpipe.protocol.v1.DecideRolloutRequest;
import org.stagedpipe.protocol.v1.DeleteLibraryRequest;
import org.stagedpipe.protocol.v1.DeleteVersionRequest;
import org.stagedpipe.protocol.v1.ForgetNodeRequest;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.protocol.v1.LabelVersionRequest;
import org.stagedpipe.protocol.v1.LibraryEntry;
import org.stagedpipe.protocol.v1.ListAuditRequest;
import org.stagedpipe.protocol.v1.ListAuditResponse;
import org.stagedpipe.protocol.v1.ListPluginsRequest;
import org.stagedpipe.protocol.v1.ListRolloutsResponse;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.protocol.v1.PublishRequest;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.RollbackRequest;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.UninstallRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// An overseer's two ports, real gRPC, with a catalogue in memory and what tests want to see of their calls.
public final class TestOverseer implements AutoCloseable {

    volatile boolean refuses; // whoever asks

    static final String GROUP_A = "0a1b2c3d-0000-0000-0000-000000000001";
    static final String GROUP_B = "0a1b2c3d-0000-0000-0000-000000000002";
    static final String HELD =
            "its class loader is still in use 5000 ms after the uninstall, held by thread:"
                    + " thread \"poller\" has not ended";

    volatile List<String> others = List.of(); // overseers
    volatile List<String> away = List.of();
    volatile List<NodeEntry> coordinators = List.of(Samples.node("c1", Role.COORDINATOR, 9410));
    volatile Supplier<List<GroupEntry>> groups = Samples::groups;

    /// What each look at worker-1 gives, the first one is 1; null: always the same.
    volatile @Nullable IntFunction<NodeEntry> worker;

    final AtomicInteger workerLooks = new AtomicInteger();
    final List<ForgetNodeRequest> forgotten = new CopyOnWriteArrayList<>();
    final List<CordonNodeRequest> cordons = new CopyOnWriteArrayList<>();
    private volatile String lost = "";
    volatile boolean losesCordoned; // such a node is no member any more
    final List<CancelGroupRequest> cancelled = new CopyOnWriteArrayList<>();
    public final List<PublishBegin> published = new CopyOnWriteArrayList<>();
    final List<RollbackRequest> rolledBack = new CopyOnWriteArrayList<>();

    /// What becomes of an upload, from its begin on; null: all that an overseer does.
    public volatile @Nullable Reader reader;

    public interface Reader {
        void read(Exchange<Progress, PublishRequest> exchange)
                throws CallException, InterruptedException;
    }

    /// An upload breaks off once after so many bytes, which are kept.
    volatile int breaksAt = Integer.MAX_VALUE;

    private volatile byte[] kept = new byte[0];
    final List<LabelVersionRequest> labels = new CopyOnWriteArrayList<>();
    final Set<String> uninstalled = ConcurrentHashMap.newKeySet(); // that still have versions
    final List<DeleteVersionRequest> deleted = new CopyOnWriteArrayList<>();
    final List<DecideRolloutRequest> decided = new CopyOnWriteArrayList<>();
    volatile String rolloutEnd = "done";

    /// The state of a rollout up to then.
    volatile String rolloutBegin = "canary";

    /// Of which kind the failure is that ends the call while a rollout goes on.
    volatile Optional<Kind> lostWhilePushing = Optional.empty();

    /// What each look at the audit log says of a rollback whose call was lost.
    final Queue<String> rollbackResults = new ConcurrentLinkedQueue<>();

    volatile boolean isRollbackMade = true;

    /// How often the rollouts were asked for; after so many the one there is has ended.
    public final AtomicInteger looks = new AtomicInteger();

    volatile int looksUntilEnd = 2;

    /// Hears of each change that was asked for, with all its bytes, before it is made.
    volatile Runnable onChange = () -> {};

    /// Hears of each look before it is answered.
    volatile IntConsumer onLook = look -> {};

    final List<ListAuditRequest> audits = new CopyOnWriteArrayList<>();
    final List<byte[]> uploads = new CopyOnWriteArrayList<>();

    /// What each call of the admin port ends with, if it is set.
    volatile Optional<CallException> refusal = Optional.empty();

    /// While it is set, lists of nodes wait for it, at most 20 s.
    volatile Optional<CountDownLatch> held = Optional.empty();

    final List<ListPluginsRequest> listed = new CopyOnWriteArrayList<>();

    /// How many lists of nodes wait.
    final AtomicInteger waiting = new AtomicInteger();

    final Map<String, PluginEntry> plugins = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Server admin;
    private final Server server;

    public TestOverseer() throws CallException {
        plugins.put("birdstrikes", Samples.plugin("birdstrikes", "1.1.0", "1.0.0"));
        plugins.put("counter", Samples.plugin("counter", "2.0.0"));
        Endpoint any = new Endpoint("127.0.0.1", 0);
        admin =
                Server.at(any, Security.loopbackOnly())
                        .list(Rpcs.LIST_NODES, request -> checked(heldNodes()))
                        .list(Rpcs.LIST_PLUGINS, request -> checked(list(request)))
                        .unary(Rpcs.DESCRIBE_PLUGIN, request -> checked(find(request.getName())))
                        .exchange(Rpcs.PUBLISH, this::publish)
                        .exchange(Rpcs.ROLLBACK, this::rollback)
                        .exchange(Rpcs.UNINSTALL, this::uninstall)
                        .exchange(Rpcs.DELETE_VERSION, this::delete)
                        .list(Rpcs.LIST_LIBRARIES, request -> checked(Samples.libraries()))
                        .unary(Rpcs.DELETE_LIBRARY, this::deleteLibrary)
                        .unary(Rpcs.LABEL_VERSION, this::label)
                        .unary(Rpcs.LIST_AUDIT, this::audit)
                        .unary(Rpcs.LIST_ROLLOUTS, request -> checked(rollouts()))
                        .unary(Rpcs.DECIDE_ROLLOUT, this::decide)
                        .list(Rpcs.LIST_GROUPS, request -> checked(groups.get()))
                        .unary(Rpcs.CANCEL_GROUP, this::cancel)
                        .unary(Rpcs.CORDON_NODE, this::cordon)
                        .exchange(Rpcs.FORGET_NODE, this::forget)
                        .start();
        server =
                Server.at(any, Security.loopbackOnly())
                        .unary(
                                Rpcs.DESCRIBE,
                                request -> {
                                    if (refuses) {
                                        throw new CallException(Kind.NOT_PERMITTED, "not you");
                                    }
                                    return OverseerInfo.newBuilder()
                                            .setName("o1")
                                            .setVersion("1.0.0")
                                            .setAdmin(admin.endpoint().toAddress())
                                            .addAllOverseers(others)
                                            .build();
                                })
                        .unary(
                                Rpcs.ASSIGN_COORDINATOR,
                                request -> {
                                    throw new CallException(Kind.UNREACHABLE, "no coordinator");
                                })
                        .exchange(Rpcs.SUBSCRIBE, exchange -> exchange.next())
                        .start();
    }

    public Endpoint endpoint() {
        return server.endpoint();
    }

    /// A port that answers, but not as an overseer.
    public Endpoint adminEndpoint() {
        return admin.endpoint();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            server.close();
            admin.close();
        }
    }

    private <T> T checked(T answer) throws CallException {
        if (refusal.isPresent()) {
            throw refusal.get();
        }
        return answer;
    }

    private List<NodeEntry> heldNodes() {
        if (held.isPresent()) {
            waiting.incrementAndGet();
            await(held.get());
        }
        return nodes();
    }

    /// At most 20 s.
    static void await(CountDownLatch held) {
        try {
            held.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<NodeEntry> nodes() {
        IntFunction<NodeEntry> other = worker;
        if (other != null) {
            return List.of(other.apply(workerLooks.incrementAndGet()));
        }
        NodeEntry usual =
                Samples.leaking(Samples.node("worker-1", Role.WORKER, 9420)).toBuilder()
                        .addPlugins(0, Samples.ready("birdstrikes", "1.1.0"))
                        .build();
        return Stream.of(
                        Stream.of(Samples.node("o1", Role.OVERSEER, 9400)),
                        coordinators.stream(),
                        Stream.of(usual))
                .flatMap(some -> some)
                .filter(node -> !lost.equals(node.getName()))
                .map(node -> isCordoned(node.getName()) ? cordoned(node) : node)
                .toList();
    }

    private boolean isCordoned(String name) {
        return cordons.stream()
                .filter(cordon -> cordon.getName().equals(name))
                .reduce((before, last) -> last)
                .filter(CordonNodeRequest::getCordoned)
                .isPresent();
    }

    private static NodeEntry cordoned(NodeEntry node) {
        return node.toBuilder().setState("cordoned").build();
    }

    private List<PluginEntry> list(ListPluginsRequest request) {
        listed.add(request);
        return plugins.values().stream()
                .sorted((a, b) -> a.getName().compareTo(b.getName()))
                .toList();
    }

    private PluginEntry find(String name) throws CallException {
        PluginEntry plugin = plugins.get(name);
        if (plugin == null) {
            throw new CallException(Kind.NOT_FOUND, "unknown plugin \"" + name + "\"");
        }
        return plugin;
    }

    private void publish(Exchange<Progress, PublishRequest> exchange)
            throws CallException, InterruptedException {
        PublishRequest first = exchange.next();
        PublishBegin begin = first == null ? PublishBegin.getDefaultInstance() : first.getBegin();
        published.add(begin);
        checked(begin);
        Reader other = reader;
        if (other != null) {
            other.read(exchange);
            return;
        }
        if (begin.getFile().equals("refused.jar")) {
            throw new CallException(Kind.EXISTS, "exists with other bytes");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(kept);
        exchange.send(Progress.newBuilder().setStep("upload").setOffset(kept.length).build());
        for (PublishRequest next = exchange.next(); next != null; next = exchange.next()) {
            bytes.writeBytes(next.getData().toByteArray());
            if (bytes.size() >= breaksAt) {
                breaksAt = Integer.MAX_VALUE;
                kept = bytes.toByteArray();
                throw new CallException(Kind.UNREACHABLE, "the connection is lost");
            }
        }
        uploads.add(bytes.toByteArray());
        onChange.run();
        if (begin.getDryRun()) {
            exchange.send(step("plan", "w1 would fetch birdstrikes 1.2.0 (5 bytes)"));
            exchange.send(step("plan", "birdstrikes 1.2.0 would start beside birdstrikes 1.1.0"));
            exchange.send(done(Samples.plugin("birdstrikes", "1.1.0", "1.0.0")));
            return;
        }
        if (begin.hasCanary()) {
            exchange.send(
                    Progress.newBuilder()
                            .setStep("rollout")
                            .setRollout(Samples.rollout("canary"))
                            .build());
            if (lostWhilePushing.isPresent()) {
                throw new CallException(lostWhilePushing.get(), "the connection is lost");
            }
        }
        exchange.send(step("verify", "is a plugin"));
        exchange.send(
                Progress.newBuilder()
                        .setStep("push")
                        .setText("worker-1 is ready")
                        .setDone(1)
                        .setTotal(1)
                        .build());
        exchange.send(done(Samples.plugin("birdstrikes", "1.2.0", "1.1.0", "1.0.0")));
    }

    private static Progress step(String step, String text) {
        return Progress.newBuilder().setStep(step).setText(text).build();
    }

    private void rollback(Exchange<Progress, RollbackRequest> exchange)
            throws CallException, InterruptedException {
        RollbackRequest request = change(exchange);
        rolledBack.add(request);
        find(request.getName());
        String version = request.getVersion().isEmpty() ? "1.0.0" : request.getVersion();
        if (!List.of("1.0.0", "1.10").contains(version)) {
            throw new CallException(Kind.NOT_FOUND, "birdstrikes has no version " + version);
        }
        PluginEntry after = Samples.plugin("birdstrikes", version, "1.1.0");
        if (lostWhilePushing.isPresent()) {
            plugins.computeIfPresent("birdstrikes", (name, now) -> isRollbackMade ? after : now);
            throw new CallException(lostWhilePushing.get(), "the connection is lost");
        }
        exchange.send(done(after));
    }

    /// The request of one that has no bytes.
    private <I> I change(Exchange<Progress, I> exchange)
            throws CallException, InterruptedException {
        I request = Objects.requireNonNull(exchange.next());
        exchange.next(); // the end of what it says
        onChange.run();
        return request;
    }

    private void uninstall(Exchange<Progress, UninstallRequest> exchange)
            throws CallException, InterruptedException {
        UninstallRequest request = change(exchange);
        PluginEntry plugin = find(request.getName());
        plugins.remove(request.getName());
        exchange.send(done(plugin));
    }

    private ListRolloutsResponse rollouts() {

        // It goes on while somebody watches.
        int look = looks.incrementAndGet();
        onLook.accept(look);
        RolloutEntry.Builder rollout =
                Samples.rollout(look > looksUntilEnd ? rolloutEnd : rolloutBegin).toBuilder();
        if (look > 1 && rollout.getState().equals("canary")) {
            rollout.setStep(2).setPercent(50);
        }
        return ListRolloutsResponse.newBuilder().addRollouts(rollout).build();
    }

    private RolloutEntry decide(DecideRolloutRequest request) throws CallException {
        if (!request.getId().equals("r1")) {
            throw new CallException(Kind.NOT_FOUND, "unknown rollout");
        }
        decided.add(request);
        return checked(Samples.rollout("paused"));
    }

    private void delete(Exchange<Progress, DeleteVersionRequest> exchange)
            throws CallException, InterruptedException {
        DeleteVersionRequest request = change(exchange);
        if (uninstalled.contains(request.getName())) {
            throw new CallException(
                    Kind.NOT_FOUND, request.getName() + " has no version " + request.getVersion());
        }
        PluginEntry plugin = find(request.getName());
        if (request.getVersion().equals(plugin.getCurrent().getVersion())) {
            throw new CallException(Kind.REFUSED, request.getVersion() + " is what new groups get");
        }
        if (!request.getVersion().equals("1.0.0")) {
            throw new CallException(Kind.NOT_FOUND, "no version " + request.getVersion());
        }
        deleted.add(request);
        exchange.send(done(plugin));
    }

    private LibraryEntry deleteLibrary(DeleteLibraryRequest request) throws CallException {
        return Samples.libraries().stream()
                .filter(entry ->
                        entry.getLibrary().getSymbolicName().equals(request.getSymbolicName())
                                && entry.getLibrary().getVersion().equals(request.getVersion()))
                .findFirst()
                .orElseThrow(() -> new CallException(Kind.NOT_FOUND, "unknown library"));
    }

    private PluginEntry label(LabelVersionRequest request) throws CallException {
        labels.add(request);
        PluginEntry plugin = find(request.getName());
        boolean isKnown =
                plugin.getVersionsList().stream()
                        .map(version -> version.getPlugin().getVersion())
                        .anyMatch(request.getVersion()::equals);
        if (!isKnown && !request.getVersion().isEmpty()) {
            throw new CallException(Kind.NOT_FOUND, "no version " + request.getVersion());
        }
        return plugin;
    }

    private ListAuditResponse audit(ListAuditRequest request) throws CallException {
        audits.add(request);
        ListAuditResponse.Builder all = ListAuditResponse.newBuilder();
        if (List.of("", Samples.change().getPlugin()).contains(request.getPlugin())) {
            all.addEntries(Samples.change());
        }
        if (!rolledBack.isEmpty() && !rollbackResults.isEmpty()) {
            all.addEntries(Samples.rollback(rollbackResults.remove()));
        }
        return checked(all.build());
    }

    private static Progress done(PluginEntry plugin) {
        return Progress.newBuilder()
                .setStep("route")
                .setText("new groups get " + plugin.getCurrent().getVersion())
                .setResult(plugin)
                .build();
    }

    private NodeEntry cordon(CordonNodeRequest request) throws CallException {
        NodeEntry node =
                nodes().stream()
                        .filter(other -> other.getName().equals(request.getName()))
                        .findFirst()
                        .orElseThrow(() -> new CallException(Kind.NOT_FOUND, "unknown node"));
        cordons.add(request);
        lost = losesCordoned ? request.getName() : "";
        return checked(cordoned(node));
    }

    private void forget(Exchange<Progress, ForgetNodeRequest> exchange)
            throws CallException, InterruptedException {
        ForgetNodeRequest request = change(exchange);
        if (!List.of("o1", "o3").contains(request.getName())) {
            throw new CallException(Kind.NOT_FOUND, "unknown overseer");
        }
        forgotten.add(request);
        exchange.send(
                Progress.newBuilder().setStep("store").setText("fish 1.0.0").setTotal(2).build());
        exchange.send(checked(step("done", "it is through")));
    }

    private CancelGroupResponse cancel(CancelGroupRequest request) throws CallException {
        cancelled.add(request);
        return checked(CancelGroupResponse.newBuilder().addAllAway(away).build());
    }
}
