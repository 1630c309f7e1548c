package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.Capability;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.LettersDropped;
import org.stagedpipe.protocol.v1.Load;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.VersionOutcomes;
import org.stagedpipe.protocol.v1.WorkerEntry;
import org.stagedpipe.transport.Call;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A member, from its hello until its lease ends or it leaves. All of it is guarded by the lock of [Nodes].
final class Node {

    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    /// For how many leases it may leave unread what it is sent: the plan that a node gets as it comes takes several on a slow
    /// line. Later it leaves an overseer itself that it hears nothing of for two thirds of one.
    private static final int UNREAD_LEASES = 10;

    private static final Set<PluginStatus.State> ENDED =
            EnumSet.of(PluginStatus.State.READY, PluginStatus.State.FAILED);
    private static final int ID_BYTES = 16;
    private static final int MAX_DROPPED = 20; // in a heartbeat

    private final long joinedMs;
    private Hello hello; // without the platform
    private List<Capability> platform;
    private @Nullable Call<NodeOrder> call; // null: the stream broke, the lease still runs
    private long renewedNanos;
    private @Nullable Long unreadNanos; // since when it reads nothing, null: it does
    private boolean missesOrders; // that it was not sent: it read nothing, or others were sent much
    private long lastSeenMs;
    private long appliedRevision;
    private boolean leaving;
    private boolean cordoned;
    private boolean saysOthers; // what only coordinators may; logged once
    private int assignedSinceHeartbeat;
    private Load load = Load.getDefaultInstance();
    private List<GroupSummary> groups = List.of();
    private List<PluginStatus> held = List.of();
    private long heldRevision; // of the plan that it had adopted then
    private @Nullable List<VersionOutcomes> outcomes; // null before the first heartbeat
    private List<LettersDropped> dropped = List.of(); // as its last heartbeat says
    private final Set<ByteString> recorded = new HashSet<>(); // of these
    private final Map<PluginVersion, PluginStatus> applied = new LinkedHashMap<>();
    private WorkerEntry shown; // what coordinators see of a worker, as of the last refresh

    Node(Hello hello, Call<NodeOrder> call, long nowNanos, long nowMs) {
        this.hello = hello.toBuilder().clearPlatform().build();
        this.platform = hello.getPlatformList();
        this.call = call;
        this.joinedMs = nowMs;
        this.renewedNanos = nowNanos;
        this.lastSeenMs = nowMs;
        this.shown = entry(this.hello, false, false);
    }

    /// The same process on a new stream: what it holds is as it was.
    void rejoin(Hello again, Call<NodeOrder> onCall, long nowNanos) {
        hello = again.toBuilder().clearPlatform().build();
        platform = again.getPlatformList();
        call = onCall;
        unreadNanos = null;
        missesOrders = false;
        leaving = false;
        renew(nowNanos);
    }

    void renew(long nowNanos) {
        renewedNanos = nowNanos;
    }

    /// How items ended since the heartbeat before this one; nothing for the first, it is where counting starts.
    /// One without any, after others had some, was sent for the lease only. Only of a coordinator: it sees how items end.
    List<VersionOutcomes> newOutcomes(Heartbeat heartbeat) {
        List<VersionOutcomes> before = outcomes;
        if (before != null && heartbeat.getOutcomesCount() == 0) {
            return List.of();
        }
        outcomes =
                role() == Role.COORDINATOR ? List.copyOf(heartbeat.getOutcomesList()) : List.of();
        return before == null ? List.of() : Tally.difference(outcomes, before);
    }

    /// Groups are a coordinator's; what a worker says of some counts for nothing, as what it says of outcomes.
    void heartbeat(Heartbeat heartbeat, long nowMs) {
        lastSeenMs = nowMs;
        load = heartbeat.getLoad();
        groups = role() == Role.COORDINATOR ? List.copyOf(heartbeat.getGroupsList()) : List.of();
        report(role() == Role.COORDINATOR ? heartbeat.getDroppedList() : List.of());
        refuseOthers(heartbeat);
        held = List.copyOf(heartbeat.getPluginsList());
        heldRevision = heartbeat.getPlanRevision();
        assignedSinceHeartbeat = 0;
    }

    private void report(List<LettersDropped> drops) {
        dropped =
                drops.stream()
                        .filter(drop ->
                                drop.getId().size() == ID_BYTES
                                        && drop.getGroup().size() == ID_BYTES)
                        .limit(MAX_DROPPED)
                        .toList();
        recorded.retainAll(dropped.stream().map(LettersDropped::getId).toList());
    }

    /// The dead letters that operators had it remove, as far as it is not known that they are in the audit log.
    List<LettersDropped> dropped() {
        return dropped.stream().filter(drop -> !recorded.contains(drop.getId())).toList();
    }

    /// One of these is there now.
    ///
    /// @return whether it was not known before
    boolean record(ByteString drop) {
        return recorded.add(drop);
    }

    /// What it still reports that is there.
    Set<ByteString> recorded() {
        return recorded;
    }

    private void refuseOthers(Heartbeat heartbeat) {
        if (role() != Role.COORDINATOR
                && !saysOthers
                && heartbeat.getGroupsCount() + heartbeat.getOutcomesCount() > 0) {
            saysOthers = true;
            LOG.warn(
                    "{} {} sends groups or outcomes, which are ignored (expected: of coordinators"
                            + " only)",
                    label(),
                    name());
        }
    }

    /// One that was overtaken by a newer one says nothing any more.
    void applied(Applied report) {
        if (report.getRevision() < appliedRevision) {
            return;
        }
        appliedRevision = report.getRevision();
        applied.clear();
        report.getPluginsList().forEach(status -> applied.put(status.getPlugin(), status));
        // It is newer than the last heartbeat, but knows only of what is wanted.
        held = held.stream().filter(status -> !applied.containsKey(status.getPlugin())).toList();
    }

    void leave() {
        leaving = true;
    }

    /// The stream broke.
    void lose() {
        call = null;
    }

    void assigned() {
        assignedSinceHeartbeat++;
    }

    String name() {
        return hello.getName();
    }

    /// What it said of itself, but for [#platform].
    Hello hello() {
        return hello;
    }

    /// What its container offers.
    List<Capability> platform() {
        return platform;
    }

    /// The same, as a list that is kept already.
    void share(List<Capability> same) {
        platform = same;
    }

    Role role() {
        return hello.getRole();
    }

    @Nullable Call<NodeOrder> call() {
        return call;
    }

    /// Unless its stream is broken, or it reads nothing: it is told anew when it comes back, or reads again.
    void send(NodeOrder order) {
        if (call != null && call.isReady()) {
            unreadNanos = null; // a large order has gone out since it was looked at
        }
        missesOrders |= !reads();
        if (call != null && reads()) {
            call.send(order);
        }
    }

    /// It is not sent what is new: it is told everything anew once it reads, see [#takeMissed].
    void miss() {
        missesOrders = true;
    }

    /// Whether it was sent something large that it has not taken yet.
    boolean isTaking() {
        return call != null && !call.isReady();
    }

    /// Whether there are orders that it was not sent; it is told everything anew now.
    boolean takeMissed() {
        boolean missed = missesOrders;
        missesOrders = false;
        return missed;
    }

    /// Whether its last heartbeat lists that group.
    boolean has(ByteString group) {
        return groups.stream().anyMatch(listed -> listed.getGroup().equals(group));
    }

    boolean hasSentHeartbeat() {
        return outcomes != null;
    }

    long appliedRevision() {
        return appliedRevision;
    }

    List<GroupSummary> groups() {
        return groups;
    }

    /// Whether it is the process that said this.
    boolean isProcess(Hello other) {
        return hello.getIncarnation().equals(other.getIncarnation());
    }

    /// Whether it has said that it stops, also once it is no member any more.
    boolean isLeaving() {
        return leaving;
    }

    boolean isExpired(long nowNanos, long leaseNanos) {
        return nowNanos - renewedNanos > leaseNanos;
    }

    /// Whether it took what it is sent when it was looked at last, or takes it since. For one that does not it would wait in memory, however much
    /// it is.
    boolean reads() {
        return unreadNanos == null;
    }

    /// Looks whether it takes what it is sent.
    ///
    /// @return whether it has taken nothing for [#UNREAD_LEASES] leases
    boolean readsNoMore(long nowNanos, long leaseNanos) {
        if (call == null || call.isReady()) {
            unreadNanos = null;
        } else if (unreadNanos == null) {
            unreadNanos = nowNanos;
        }
        return unreadNanos != null && nowNanos - unreadNanos > UNREAD_LEASES * leaseNanos;
    }

    /// Whether it refuses what no operator has signed, a worker.
    boolean installsSignedOnly() {
        return hello.getSignedOnly();
    }

    /// Whether it has done what it was told at least once, and does not stop.
    boolean hasApplied() {
        return appliedRevision > 0 && !leaving;
    }

    /// The same, and it may get new work.
    boolean isReady() {
        return hasApplied() && !cordoned;
    }

    /// Whether clients may be sent to it, a coordinator.
    boolean takesGroups() {
        return isConnected() && !leaving && !cordoned;
    }

    /// Whether an operator wants it to get nothing new.
    boolean isCordoned() {
        return cordoned;
    }

    void cordon(boolean now) {
        cordoned = now;
    }

    boolean isConnected() {
        return call != null;
    }

    /// Lower is better. Groups count, and what is in flight, so that a few heavy groups weigh as much as many light ones.
    double score() {
        return load.getGroups() + assignedSinceHeartbeat + load.getItemsInFlight() / 256.0;
    }

    /// What the node said last of each plugin: a heartbeat of what it holds, but for plugins that it left out because they
    /// came meanwhile, its last acknowledgement.
    List<PluginStatus> plugins() {
        Map<PluginVersion, PluginStatus> all = new LinkedHashMap<>(applied);
        held.forEach(status -> all.put(status.getPlugin(), status));
        return List.copyOf(all.values());
    }

    /// What the last acknowledgement said of a plugin, null if nothing.
    @Nullable PluginStatus acknowledged(PluginVersion plugin) {
        return applied.get(plugin);
    }

    /// What its last heartbeat says of a version that is ready or has failed, under that plan or a later one; null if it does not.
    @Nullable PluginStatus ended(PluginVersion plugin, long revision) {
        return held.stream()
                .filter(status -> heldRevision >= revision && status.getPlugin().equals(plugin))
                .filter(status -> ENDED.contains(status.getState()))
                .findFirst()
                .orElse(null);
    }

    /// Brings [#workerEntry] up to date.
    ///
    /// @return whether the entry is a new one
    boolean refresh() {
        WorkerEntry now = entry(hello, isReady(), leaving);
        boolean changed = !now.equals(shown);
        shown = now;
        return changed;
    }

    /// What coordinators see of a worker.
    WorkerEntry workerEntry() {
        return shown;
    }

    private static WorkerEntry entry(Hello hello, boolean ready, boolean leaving) {
        return WorkerEntry.newBuilder()
                .setName(hello.getName())
                .setAddress(hello.getAddress())
                .setIncarnation(hello.getIncarnation())
                .setReady(ready)
                .setLeaving(leaving)
                .build();
    }

    NodeEntry entry() {
        return NodeEntry.newBuilder()
                .setName(name())
                .setRole(role())
                .setAddress(hello.getAddress())
                .setState(state())
                .setVersion(hello.getVersion())
                .setJoinedMs(joinedMs)
                .setLastSeenMs(lastSeenMs)
                .setLoad(load)
                .addAllPlugins(plugins())
                .setPid(hello.getPid())
                .build();
    }

    private String state() {
        if (leaving) {
            return "leaving";
        }
        if (call == null) {
            return "lost";
        }
        return !hasApplied() ? "joining" : cordoned ? "cordoned" : "ready";
    }

    /// What it is, for people.
    String label() {
        return role() == Role.WORKER ? "worker" : "coordinator";
    }
}
