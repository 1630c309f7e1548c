package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.protocol.v1.WorkerEntry;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Leases;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.StreamWindows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// The node's connections to workers, one for each, shared by all groups. Safe for use by many threads.
///
/// A connection stays while its worker is in the cluster's view or a group uses it, and as long as the worker renews its
/// lease. When it does not all calls on it fail, and the next use begins anew.
public final class Links implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Links.class);

    private final String coordinator;
    private final Security security;
    private final StreamWindows windows;
    private final Leases leases;
    private final Map<Endpoint, Link> links = new HashMap<>();
    private final Verdicts verdicts = new Verdicts();
    private final AtomicLong openings = new AtomicLong();
    private final Map<Endpoint, String> unreachable =
            new ConcurrentHashMap<>(); // listed ones, and why
    private Set<Endpoint> listed = Set.of();

    /// A group's use of a connection.
    final class Link {
        private final Endpoint worker;
        private final Connection connection;
        private final Leases.Lease lease;
        private final AtomicLong load = new AtomicLong();
        private final Seat seat = new Seat(System::nanoTime);
        private final Set<WorkerPart> parts = ConcurrentHashMap.newKeySet(); // on it
        private final Watch watch = new Watch(coordinator, verdicts, this::tellParts);
        private volatile @Nullable CallException silence;
        private int users;

        private Link(Endpoint worker) {
            this.worker = worker;
            this.connection = Connection.to(worker, security, windows);
            this.lease = leases.watch(worker, this::lost);
        }

        private void lost(CallException why) {
            silence = why;
            forget(this);
            connection.close();
            tellParts(why);
        }

        private void tellParts(CallException why) {
            parts.forEach(part -> part.lost(why));
        }

        /// Why the worker's lease ended, null while it holds.
        @Nullable CallException silence() {
            return silence;
        }

        private void close() {
            parts.clear(); // nobody uses it, or the node stops
            lease.close();
            connection.close();
        }

        /// A group could not open its part there, as nobody answers. Says so in the log, once as long as nothing changes: the worker may be a ready member, and
        /// gets nothing.
        ///
        /// @param name the worker's
        /// @return whether it is said
        boolean cannotBeReached(String name, CallException why) {
            boolean isNew = !why.getMessage().equals(unreachable.put(worker, why.getMessage()));
            if (isNew) {
                LOG.warn("no group opens on worker {} at {}: {}", name, worker, why.getMessage());
            }
            return isNew;
        }

        /// A group has opened its part there.
        void isReached() {
            if (!unreachable.isEmpty()) {
                unreachable.remove(worker);
            }
        }

        /// What all groups have there; see [Load].
        AtomicLong load() {
            return load;
        }

        /// Where suspects of all groups run, one after the other.
        Seat seat() {
            return seat;
        }

        /// What is known about workers that ended.
        Verdicts verdicts() {
            return verdicts;
        }

        /// The number of a part that is about to open: higher than that of any before.
        long nextOpening() {
            return openings.incrementAndGet();
        }

        /// Opens a part, which is told if the connection is lost, until it is released.
        Call<WorkRequest> run(WorkerPart part) {
            parts.add(part); // first: the connection may be lost at any time
            watch.open(connection);
            return connection.open(Rpcs.RUN, part);
        }

        /// The group uses it no more, nor does that part.
        void release(WorkerPart part) {
            parts.remove(part);
            leave(this);
        }
    }

    /// @param coordinator this node's name
    /// @param security how this node and the workers prove who they are
    /// @param windows what workers may send before it is read
    public Links(String coordinator, Security security, StreamWindows windows) {
        this.coordinator = coordinator;
        this.security = security;
        this.windows = windows;
        this.leases = new Leases(security);
    }

    /// A use of the connection to a worker, made if there is none.
    synchronized Link to(Endpoint worker) {
        Link link = links.computeIfAbsent(worker, Link::new);
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
        unreachable.keySet().retainAll(workers);
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
        all.forEach(Link::close);
        leases.close();
    }

    private synchronized void forget(Link link) {
        links.remove(link.worker, link);
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
        unused.forEach(Link::close);
    }
}
