package org.stagedpipe.coordinator;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.CancelGroupOrder;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.Cordon;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Recorded;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.protocol.v1.VersionLabel;
import org.stagedpipe.protocol.v1.Welcome;
import org.stagedpipe.protocol.v1.WorkerEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/// An overseer for one coordinator: sends the view that the test makes, and keeps what the coordinator reports.
final class TestOverseer implements AutoCloseable {

    private final Server server;
    private final Map<String, WorkerEntry> workers = new LinkedHashMap<>();
    private final List<Route> routes = new ArrayList<>();
    private final List<PluginVersion> uninstalled = new ArrayList<>();
    private final List<Exchange<NodeOrder, NodeReport>> members = new CopyOnWriteArrayList<>();
    final List<Hello> hellos = new CopyOnWriteArrayList<>();
    private static final NodeOrder WELCOME =
            NodeOrder.newBuilder()
                    .setWelcome(
                            Welcome.newBuilder().setEpoch(1).setLeaseMs(3_000).setHeartbeatMs(20))
                    .build();

    final List<Heartbeat> heartbeats = new CopyOnWriteArrayList<>();
    final List<String> goodbyes = new CopyOnWriteArrayList<>();
    private long revision;
    private volatile long applied; // the last view, 0: none

    TestOverseer() throws CallException {
        server =
                Server.at(new Endpoint("127.0.0.1", 0), Security.loopbackOnly())
                        .exchange(Rpcs.SUBSCRIBE, this::attend)
                        .unary(
                                Rpcs.DESCRIBE,
                                request -> {
                                    throw new CallException(CallException.Kind.NOT_FOUND, "");
                                })
                        .unary(
                                Rpcs.ASSIGN_COORDINATOR,
                                request -> {
                                    throw new CallException(CallException.Kind.NOT_FOUND, "");
                                })
                        .start();
    }

    Endpoint endpoint() {
        return server.endpoint();
    }

    synchronized void route(PluginVersion current, PluginVersion... known) {
        routes.removeIf(route -> route.getCurrent().getName().equals(current.getName()));
        routes.add(Route.newBuilder().setCurrent(current).addAllKnown(List.of(known)).build());
    }

    /// New groups get none of its versions any more.
    synchronized void uninstall(PluginVersion... versions) {
        for (PluginVersion version : versions) {
            routes.removeIf(route -> route.getCurrent().getName().equals(version.getName()));
            uninstalled.add(version);
        }
    }

    /// A version that a share of the new groups gets from now on.
    ///
    /// @param workers that run it; none: all do
    synchronized void canary(PluginVersion version, int percent, String... workers) {
        routes.replaceAll(route ->
                route.getCurrent().getName().equals(version.getName())
                        ? route.toBuilder()
                                .setCanary(version)
                                .setCanaryPercent(percent)
                                .addAllCanaryWorkers(List.of(workers))
                                .addExact(version)
                                .build()
                        : route);
    }

    /// A label of that version in the view from now on.
    synchronized void label(String label, PluginVersion version) {
        routes.replaceAll(route ->
                route.getCurrent().getName().equals(version.getName())
                        ? route.toBuilder()
                                .addLabels(
                                        VersionLabel.newBuilder()
                                                .setLabel(label)
                                                .setVersion(version))
                                .build()
                        : route);
    }

    /// A worker as the view names it from now on.
    synchronized void list(TestWorker worker, boolean ready) {
        workers.put(
                worker.name(),
                WorkerEntry.newBuilder()
                        .setName(worker.name())
                        .setAddress(worker.endpoint().toAddress())
                        .setIncarnation(ByteString.copyFromUtf8(worker.incarnation()))
                        .setReady(ready)
                        .build());
    }

    synchronized void forget(TestWorker worker) {
        workers.remove(worker.name());
    }

    /// Sends the view to the coordinator, and waits until it has it.
    void publish() throws CallException, InterruptedException {
        long sent = sendView();
        Until.holds(() -> applied >= sent, () -> "view " + sent + " has not come");
    }

    private synchronized long sendView() throws CallException, InterruptedException {
        NodeOrder order = NodeOrder.newBuilder().setClusterView(view()).build();
        for (Exchange<NodeOrder, NodeReport> member : members) {
            member.send(order);
        }
        return revision;
    }

    /// Tells the coordinator whether to take new groups.
    synchronized void cordon(boolean cordoned) throws CallException, InterruptedException {
        Cordon order = Cordon.newBuilder().setCordoned(cordoned).build();
        for (Exchange<NodeOrder, NodeReport> member : members) {
            member.send(NodeOrder.newBuilder().setCordon(order).build());
        }
    }

    /// Tells the coordinator that these are in the audit log.
    synchronized void recorded(List<ByteString> dropped)
            throws CallException, InterruptedException {
        Recorded order = Recorded.newBuilder().addAllDropped(dropped).build();
        for (Exchange<NodeOrder, NodeReport> member : members) {
            member.send(NodeOrder.newBuilder().setRecorded(order).build());
        }
    }

    synchronized void cancel(ByteString group, String reason)
            throws CallException, InterruptedException {
        CancelGroupOrder order =
                CancelGroupOrder.newBuilder().setGroup(group).setReason(reason).build();
        for (Exchange<NodeOrder, NodeReport> member : members) {
            member.send(NodeOrder.newBuilder().setCancelGroup(order).build());
        }
    }

    /// Waits until a coordinator has come and knows its workers.
    void awaitMember() {
        Until.holds(() -> applied > 0 && !heartbeats.isEmpty(), () -> "no coordinator came");
    }

    /// Waits for a heartbeat that was made after this was called.
    void awaitHeartbeat(Predicate<Heartbeat> wanted) {
        int stale = heartbeats.size() + 1; // one may be on its way
        Until.holds(
                () -> List.copyOf(heartbeats).stream().skip(stale).anyMatch(wanted),
                () -> "no such heartbeat, the last one was " + heartbeats.getLast());
    }

    /// The same for what it says of one group.
    void awaitGroup(ByteString group, Predicate<GroupSummary> wanted) {
        awaitHeartbeat(beat ->
                beat.getGroupsList().stream()
                        .filter(summary -> summary.getGroup().equals(group))
                        .anyMatch(wanted));
    }

    private ClusterView view() {
        return ClusterView.newBuilder()
                .setRevision(++revision)
                .addAllWorkers(workers.values())
                .addAllRoutes(routes)
                .addAllUninstalled(uninstalled)
                .build();
    }

    private void attend(Exchange<NodeOrder, NodeReport> member)
            throws CallException, InterruptedException {
        for (NodeReport report = member.next(); report != null; report = member.next()) {
            switch (report.getMessageCase()) {
                case HELLO -> welcome(member, report.getHello());
                case HEARTBEAT -> {
                    heartbeats.add(report.getHeartbeat());
                    member.send(WELCOME); // a sign of life
                }
                case GOODBYE -> goodbyes.add(report.getGoodbye().getReason());
                case APPLIED -> applied = report.getApplied().getRevision();
                case MESSAGE_NOT_SET -> {}
            }
        }
    }

    private synchronized void welcome(Exchange<NodeOrder, NodeReport> member, Hello hello)
            throws CallException, InterruptedException {
        hellos.add(hello);
        member.send(WELCOME);
        member.send(NodeOrder.newBuilder().setClusterView(view()).build());
        members.add(member);
    }

    @Override
    public void close() {
        server.close();
    }
}
