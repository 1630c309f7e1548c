package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Capability;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Role;

import java.util.Collections;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The members, by name and by role. All of it is guarded by the lock of [Nodes].
final class Roster {

    private static final long MAX_BYTES_ON_THEIR_WAY = 64 << 20; // a quarter of the direct memory

    private final Map<String, Node> byName = new TreeMap<>();
    private final Map<Role, Map<String, Node>> byRole = new EnumMap<>(Role.class);
    private final Held held = new Held();

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
            held.change(before.ready(), Set.of());
        }
        of(node.role()).put(node.name(), node);
    }

    void remove(Node node) {
        if (byName.remove(node.name(), node)) {
            of(node.role()).remove(node.name());
            held.change(node.ready(), Set.of());
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

    /// Brings what coordinators see of a member up to date. Costs what its plugins cost, however many members there are.
    ///
    /// @return whether they see something new
    boolean refresh(Node node) {
        if (node.role() != Role.WORKER) {
            return false;
        }
        Set<PluginVersion> before = node.ready();
        boolean changed = node.refresh();
        return held.change(before, node.ready()) || changed;
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

    /// What workers have ready.
    Set<PluginVersion> held() {
        return held.all();
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

    private Map<String, Node> of(Role role) {
        return byRole.computeIfAbsent(role, any -> new TreeMap<>());
    }
}
