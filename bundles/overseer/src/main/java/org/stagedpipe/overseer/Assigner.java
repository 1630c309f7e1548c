package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.Alternative;
import org.stagedpipe.protocol.v1.AssignRequest;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.List;
import java.util.random.RandomGenerator;

/// Gives clients a coordinator: of two ready ones drawn at random the one with less load (power of two choices).
final class Assigner {

    private static final int MAX_OTHERS = 8;

    private final Store store;
    private final Nodes nodes;
    private final RandomGenerator random;

    Assigner(Store store, Nodes nodes, RandomGenerator random) {
        this.store = store;
        this.nodes = nodes;
        this.random = random;
    }

    Assignment assign(AssignRequest request) throws CallException, StoreException {
        if (!request.getPlugin().isEmpty() && !nodes.isServed(request.getPlugin())) {
            // Not from disk for each new group; only to say what there is instead.
            Admission.installed(store.catalogue(), request.getPlugin());
        }
        synchronized (nodes) {
            Node chosen = choose(candidates(request.getAvoidList()));
            chosen.assigned();
            return Assignment.newBuilder()
                    .setCoordinator(chosen.name())
                    .setAddress(chosen.hello().getAddress())
                    .addAllOthers(others(chosen))
                    .build();
        }
    }

    /// For clients that find no overseer later.
    private List<Alternative> others(Node chosen) {
        return nodes.all(Role.COORDINATOR).stream()
                .filter(node -> node != chosen && node.takesGroups())
                .limit(MAX_OTHERS)
                .map(node ->
                        Alternative.newBuilder()
                                .setCoordinator(node.name())
                                .setAddress(node.hello().getAddress())
                                .build())
                .toList();
    }

    private Node choose(List<Node> candidates) {
        Node one = candidates.get(random.nextInt(candidates.size()));
        if (candidates.size() == 1) {
            return one;
        }
        List<Node> others = candidates.stream().filter(node -> node != one).toList();
        Node other = others.get(random.nextInt(others.size()));
        return other.score() < one.score() ? other : one;
    }

    /// Ready ones that are not to be avoided; a client that would avoid all of them gets one of them again. While a fresh
    /// overseer waits for known workers nobody has acknowledged its view, and those connected serve with the last one.
    private List<Node> candidates(List<String> avoid) throws CallException {
        List<Node> connected =
                nodes.all(Role.COORDINATOR).stream().filter(Node::takesGroups).toList();
        if (connected.isEmpty()) {
            throw new CallException(
                    Kind.UNREACHABLE,
                    "no coordinator is connected and takes groups (expected: at least one)");
        }
        List<Node> ready = connected.stream().filter(Node::isReady).toList();
        List<Node> usable = ready.isEmpty() ? connected : ready;
        List<Node> wanted = usable.stream().filter(node -> !avoid.contains(node.name())).toList();
        return wanted.isEmpty() ? usable : wanted;
    }
}
