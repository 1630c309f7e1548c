package org.stagedpipe.coordinator.group;

import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.protocol.v1.WorkerEntry;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The node's connections to workers, one for each, shared by all groups. Safe for use by many threads.
///
/// A connection stays while its worker is in the cluster's view or a group uses it.
public final class Links implements AutoCloseable {

    private final Security security;
    private final Map<Endpoint, Link> links = new HashMap<>();
    private Set<Endpoint> listed = Set.of();

    /// A group's use of a connection.
    final class Link {
        private final Connection connection;
        private int users;

        private Link(Connection connection) {
            this.connection = connection;
        }

        Call<WorkRequest> run(Receiver<WorkResponse> receiver) {
            return connection.open(Rpcs.RUN, receiver);
        }

        /// The group uses it no more.
        void release() {
            leave(this);
        }
    }

    /// @param security how this node and the workers prove who they are
    public Links(Security security) {
        this.security = security;
    }

    /// A use of the connection to a worker, made if there is none.
    synchronized Link to(Endpoint worker) {
        Link link = links.computeIfAbsent(worker, peer -> new Link(Connection.to(peer, security)));
        link.users++;
        return link;
    }

    /// What workers there are; other connections are closed once nobody uses them.
    public void view(ClusterView view) {
        Set<Endpoint> workers = new HashSet<>();
        for (WorkerEntry worker : view.getWorkersList()) {
            workers.add(Endpoint.of(worker.getAddress()));
        }
        synchronized (this) {
            listed = workers;
        }
        closeUnused();
    }

    /// Ends all calls.
    @Override
    public void close() {
        List<Link> all;
        synchronized (this) {
            all = new ArrayList<>(links.values());
            links.clear();
        }
        all.forEach(link -> link.connection.close());
    }

    private void leave(Link link) {
        synchronized (this) {
            link.users--;
        }
        closeUnused();
    }

    private void closeUnused() {
        List<Link> unused = new ArrayList<>();
        synchronized (this) {
            links.forEach((worker, link) -> {
                if (link.users == 0 && !listed.contains(worker)) {
                    unused.add(link);
                }
            });
            links.values().removeAll(unused);
        }
        unused.forEach(link -> link.connection.close());
    }
}
