package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Which nodes get nothing new because an operator wants it so. Kept in the store, by name: it outlives the overseer that was
/// told, and the node's process. Safe for use by many threads.
final class Cordons {

    private final Store store;
    private final Nodes nodes;

    Cordons(Store store, Nodes nodes) {
        this.store = store;
        this.nodes = nodes;
    }

    /// Goes on with what was wanted before this overseer led.
    void recall() throws StoreException {
        nodes.cordon(store.cordoned());
    }

    /// Wants it for that node, or does not any more.
    ///
    /// @return the node as it is now; no more than its name if it is not here
    /// @throws CallException NOT_FOUND; UNREACHABLE if this overseer's term has ended: it may be kept in the store all the same, and is
    ///     to be asked for again
    synchronized NodeEntry set(String name, boolean cordoned) throws CallException, StoreException {
        Set<String> names = new TreeSet<>(store.cordoned());
        if (find(name).isEmpty() && !names.contains(name)) {
            throw new CallException(
                    Kind.NOT_FOUND, "node \"" + name + "\" (expected: a coordinator or a worker)");
        }
        nodes.refuseIfClosed(); // who leads after that does not know of it
        if (cordoned ? names.add(name) : names.remove(name)) {
            store.cordoned(names);
            nodes.refuseIfClosed();
        }
        nodes.cordon(names);
        return find(name).orElseGet(() -> NodeEntry.newBuilder().setName(name).build());
    }

    private Optional<NodeEntry> find(String name) {
        return nodes.entries().stream().filter(node -> node.getName().equals(name)).findFirst();
    }
}
