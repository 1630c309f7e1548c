package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Capability;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Role;

import java.util.Collections;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The members, by name and by role. All of it is guarded by the lock of [Nodes].
final class Roster {

    private static final long MAX_BYTES_ON_THEIR_WAY = 64 << 20; // a quarter of the direct memory

    private final Map<String, Node> byName = new TreeMap<>();
    private final Map<Role, Map<String, Node>> byRole = new EnumMap<>(Role.class);

    @Nullable Node find(String name) {
        return byName.get(name);
    }

    boolean has(Node node) {
        return byName.get(node.name()) == node;
    }

    /// In the place of the one that had its name, if any.
    void put(Node node) {
        Node before = byName.put(node.name(), node);
        if (before != null) {
            of(before.role()).remove(before.name());
        }
        of(node.role()).put(node.name(), node);
    }

    void remove(Node node) {
        if (byName.remove(node.name(), node)) {
            of(node.role()).remove(node.name());
        }
    }

    /// Lets a worker have the list of another one whose container offers the same: each takes half a megabyte.
    void share(Node worker) {
        List<Capability> offered = worker.platform();
        int hash = offered.hashCode();
        all(Role.WORKER)
                .filter(other -> other != worker)
                .map(Node::platform)
                .collect(
                        Collectors.toCollection(
                                () -> Collections.newSetFromMap(new IdentityHashMap<>())))
                .stream()
                .filter(other -> other.hashCode() == hash && other.equals(offered))
                .findFirst()
                .ifPresent(worker::share);
    }

    /// Brings what coordinators see of a member up to date.
    ///
    /// @return whether they see something new
    boolean refresh(Node node) {
        return node.role() == Role.WORKER && node.refresh();
    }

    /// Sends a node an order, or, while so many others have not taken theirs that it might be too much for the memory, has it told
    /// everything at one of its next heartbeats.
    void send(Node node, NodeOrder order) {
        if (hasRoom(order.getSerializedSize())) {
            node.send(order);
        } else {
            node.miss();
        }
    }

    private boolean hasRoom(long bytes) {
        return bytes * count() <= MAX_BYTES_ON_THEIR_WAY
                || bytes * byName.values().stream().filter(Node::isTaking).count()
                        <= MAX_BYTES_ON_THEIR_WAY - bytes;
    }

    /// As they are now.
    List<Node> all() {
        return List.copyOf(byName.values());
    }

    Stream<Node> all(Role role) {
        return of(role).values().stream();
    }

    int count() {
        return byName.size();
    }

    int count(Role role) {
        return of(role).size();
    }

    /// What the workers' containers offer, each once, with the names of the workers that offer it.
    Map<List<Capability>, List<String>> platforms() {
        return all(Role.WORKER)
                .collect(
                        Collectors.groupingBy(
                                Node::platform,
                                LinkedHashMap::new,
                                Collectors.mapping(Node::name, Collectors.toList())));
    }

    /// Each coordinator's groups.
    Map<String, List<GroupSummary>> groups() {
        return all(Role.COORDINATOR)
                .collect(Collectors.toMap(Node::name, Node::groups, (a, b) -> a, TreeMap::new));
    }

    /// The coordinators that have the group.
    List<Node> owners(ByteString group) {
        return all(Role.COORDINATOR).filter(node -> node.has(group)).toList();
    }

    /// The names of those that have sent no heartbeat yet.
    List<String> unheard() {
        return byName.values().stream()
                .filter(node -> !node.hasSentHeartbeat())
                .map(Node::name)
                .toList();
    }

    /// What a worker says of a version that it could not start; empty if none says so.
    String failure(PluginVersion plugin) {
        return all(Role.WORKER)
                .filter(worker -> !worker.isCordoned())
                .flatMap(worker ->
                        worker.plugins().stream()
                                .filter(status ->
                                        status.getPlugin().equals(plugin)
                                                && status.getState() == PluginStatus.State.FAILED)
                                .map(status -> "worker " + worker.name() + ": " + status.getText()))
                .findFirst()
                .orElse("");
    }

    /// Whether one of those is here and neither leaves nor is cordoned.
    boolean hasAny(List<String> workers) {
        return workers.stream()
                .map(byName::get)
                .anyMatch(node -> node != null && !node.isLeaving() && !node.isCordoned());
    }

    private Map<String, Node> of(Role role) {
        return byRole.computeIfAbsent(role, any -> new TreeMap<>());
    }
}
