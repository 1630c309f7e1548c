package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.Address;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.CancelGroupOrder;
import org.stagedpipe.protocol.v1.Capability;
import org.stagedpipe.protocol.v1.CapabilityAttribute;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Recorded;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.node.Membership;
import org.stagedpipe.transport.node.Orders;
import org.stagedpipe.transport.node.Overseers;

import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;

/// A node that does as it is told, or not: a real membership with nothing behind it.
final class TestNode implements Orders, AutoCloseable {

    final List<WorkerPlan> plans = new CopyOnWriteArrayList<>();
    final List<ClusterView> views = new CopyOnWriteArrayList<>();
    final List<CancelGroupOrder> cancels = new CopyOnWriteArrayList<>();
    final List<Boolean> cordons = new CopyOnWriteArrayList<>();
    final List<ByteString> recorded = new CopyOnWriteArrayList<>();
    final List<String> losses = new CopyOnWriteArrayList<>();
    private final Membership membership;
    private volatile Function<PluginVersion, PluginStatus> installer = TestNode::ready;
    private volatile Heartbeat heartbeat = Heartbeat.getDefaultInstance();
    private volatile boolean silent;

    private TestNode(Hello hello, Endpoint overseer) {
        this(hello, Overseers.of(List.of(overseer)));
    }

    private TestNode(Hello hello, Overseers overseers) {
        membership = new Membership(hello, overseers, Security.loopbackOnly(), this::beat, this);
    }

    static TestNode worker(String name, Endpoint overseer) {
        return new TestNode(
                hello(name, Role.WORKER)
                        .addPlatform(offered("osgi.wiring.package", "org.stagedpipe.api"))
                        .build(),
                overseer);
    }

    /// A worker whose container offers that beside the API.
    static TestNode worker(String name, Endpoint overseer, List<Capability> platform) {
        return new TestNode(
                hello(name, Role.WORKER)
                        .addPlatform(offered("osgi.wiring.package", "org.stagedpipe.api"))
                        .addAllPlatform(platform)
                        .build(),
                overseer);
    }

    /// A worker that installs only what is signed.
    static TestNode strictWorker(String name, Endpoint overseer) {
        return new TestNode(
                hello(name, Role.WORKER)
                        .addPlatform(offered("osgi.wiring.package", "org.stagedpipe.api"))
                        .setSignedOnly(true)
                        .build(),
                overseer);
    }

    /// One that keeps what it knows of its overseers.
    static TestNode coordinator(String name, Overseers overseers) {
        return new TestNode(hello(name, Role.COORDINATOR).build(), overseers);
    }

    /// A worker whose container offers nothing.
    static TestNode bareWorker(String name, Endpoint overseer) {
        return new TestNode(hello(name, Role.WORKER).build(), overseer);
    }

    static TestNode coordinator(String name, Endpoint overseer) {
        return new TestNode(hello(name, Role.COORDINATOR).build(), overseer);
    }

    TestNode open() {
        membership.open();
        return this;
    }

    /// What it says of each plugin of the next plans.
    TestNode installing(Function<PluginVersion, PluginStatus> statuses) {
        installer = statuses;
        return this;
    }

    /// Acknowledges nothing.
    TestNode silent() {
        silent = true;
        return this;
    }

    /// Acknowledges the newest plan or view, and the next ones.
    void speak() {
        silent = false;
        if (plans.isEmpty()) {
            applied(views.getLast());
        } else {
            applied(plans.getLast());
        }
    }

    private Heartbeat beat() {
        long revision = plans.isEmpty() ? 0 : plans.getLast().getRevision();
        return heartbeat.toBuilder().setPlanRevision(revision).build();
    }

    void heartbeat(Heartbeat next) {
        heartbeat = next;
    }

    static PluginStatus ready(PluginVersion plugin) {
        return PluginStatus.newBuilder()
                .setPlugin(plugin)
                .setState(PluginStatus.State.READY)
                .build();
    }

    static PluginStatus failed(PluginVersion plugin, String text) {
        return PluginStatus.newBuilder()
                .setPlugin(plugin)
                .setState(PluginStatus.State.FAILED)
                .setText(text)
                .build();
    }

    @Override
    public void plan(WorkerPlan plan) {
        plans.add(plan);
        if (!silent) {
            applied(plan);
        }
    }

    private void applied(WorkerPlan plan) {
        membership.applied(
                Applied.newBuilder()
                        .setRevision(plan.getRevision())
                        .addAllPlugins(plan.getPluginsList().stream().map(installer).toList())
                        .build());
    }

    @Override
    public void view(ClusterView view) {
        views.add(view);
        if (!silent) {
            applied(view);
        }
    }

    /// Of the only plugin, once it is so: operators are answered after a lease, whether or not a coordinator knows.
    Route route(String what, Predicate<Route> isSo) throws Exception {
        AtomicReference<Route> route = new AtomicReference<>();
        TestOverseer.until(
                what + " is routed",
                () -> {
                    views.getLast().getRoutesList().forEach(route::set);
                    return route.get() != null && isSo.test(route.get());
                });
        return Objects.requireNonNull(route.get());
    }

    private void applied(ClusterView view) {
        membership.applied(Applied.newBuilder().setRevision(view.getRevision()).build());
    }

    @Override
    public void cancel(CancelGroupOrder order) {
        cancels.add(order);
    }

    @Override
    public void cordon(boolean cordoned) {
        cordons.add(cordoned);
    }

    @Override
    public void recorded(Recorded ids) {
        recorded.addAll(ids.getDroppedList());
    }

    @Override
    public void lost(String why) {
        losses.add(why);
    }

    @Override
    public void close() {
        membership.close();
    }

    static Hello.Builder hello(String name, Role role) {
        byte[] incarnation = new byte[16];
        new Random().nextBytes(incarnation);
        return Hello.newBuilder()
                .setProtocol(1)
                .setName(name)
                .setRole(role)
                .setAddress(Address.newBuilder().setHost("127.0.0.1").setPort(1))
                .setIncarnation(ByteString.copyFrom(incarnation));
    }

    static Capability offered(String namespace, String name) {
        return Capability.newBuilder()
                .setNamespace(namespace)
                .addAttributes(
                        CapabilityAttribute.newBuilder()
                                .setName(namespace)
                                .setType("String")
                                .addValues(name))
                .addAttributes(
                        CapabilityAttribute.newBuilder()
                                .setName("version")
                                .setType("Version")
                                .addValues("1.0.0"))
                .build();
    }
}
