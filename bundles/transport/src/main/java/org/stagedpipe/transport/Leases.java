package org.stagedpipe.transport;

import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Whether peers live. Each one that somebody watches is asked once a second, over a connection of its own, so that no big
/// item stands in the way; the answer renews its lease. One that gave no answer for the lease's term, to at least two
/// questions, is lost: a process that is frozen, cut off, or gone. Safe for use by many threads.
///
/// This process may have been frozen itself: then the answer to the second question is there at once.
///
/// Owns a virtual thread and a connection for each watched peer; both end with the last watcher.
public final class Leases implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Leases.class);
    private static final Rpc<HealthCheckRequest, HealthCheckResponse> CHECK =
            new Rpc<>(
                    HealthGrpc.getServiceDescriptor(),
                    HealthGrpc.getCheckMethod(),
                    EnumSet.allOf(Caller.class));
    private static final Duration TERM = Duration.ofSeconds(3);
    private static final int QUESTIONS_A_TERM = 3;
    private static final int MISSES = 2;

    private final Security security;
    private final Duration term;
    private final Map<Endpoint, Watch> watches = new HashMap<>(); // guarded by this

    /// With leases of 3 s, renewed each second.
    ///
    /// @param security how this process and the peers prove who they are
    public Leases(Security security) {
        this(security, TERM);
    }

    Leases(Security security, Duration term) {
        this.security = security;
        this.term = term;
    }

    /// One watcher's interest in a peer; close it when it ends.
    public final class Lease implements AutoCloseable {
        private final Watch watch;
        private final Consumer<CallException> lost;

        private Lease(Watch watch, Consumer<CallException> lost) {
            this.watch = watch;
            this.lost = lost;
        }

        /// Nobody is told any more. Has no effect the second time.
        @Override
        public void close() {
            leave(this);
        }
    }

    /// Watches a peer from now on.
    ///
    /// @param lost told once that it is lost, on a thread of this object, which must not be blocked
    public synchronized Lease watch(Endpoint peer, Consumer<CallException> lost) {
        Watch watch = watches.computeIfAbsent(peer, Watch::new);
        Lease lease = new Lease(watch, lost);
        watch.leases.add(lease);
        if (watch.leases.size() == 1) {
            watch.thread.start();
        }
        return lease;
    }

    /// Ends all watches; nobody is told.
    @Override
    public synchronized void close() {
        watches.values().forEach(watch -> watch.thread.interrupt());
        watches.clear();
    }

    private synchronized void leave(Lease lease) {
        Watch watch = lease.watch;
        watch.leases.remove(lease);
        if (watch.leases.isEmpty() && watches.remove(watch.peer, watch)) {
            watch.thread.interrupt();
        }
    }

    private void lost(Watch watch) {
        List<Lease> told;
        synchronized (this) {
            if (!watches.remove(watch.peer, watch)) {
                return;
            }
            told = List.copyOf(watch.leases);
            watch.leases.clear();
        }
        CallException why =
                new CallException(
                        Kind.UNREACHABLE,
                        watch.peer + " gave no sign of life for " + term.toMillis() + " ms");
        told.forEach(lease -> tell(lease, why));
    }

    /// A bug of one watcher is not the others'.
    private static void tell(Lease lease, CallException why) {
        try {
            lease.lost.accept(why);
        } catch (RuntimeException | Error e) {
            LOG.error("{}: its watcher threw", lease.watch.peer, e);
        }
    }

    /// One peer, asked by one thread.
    private final class Watch {
        private final Endpoint peer;
        private final Thread thread;
        private @Nullable Connection connection; // the thread's
        private final Set<Lease> leases = new LinkedHashSet<>(); // guarded by the outer object

        private Watch(Endpoint peer) {
            this.peer = peer;
            this.thread = Thread.ofVirtual().name("lease-" + peer).unstarted(this::run);
        }

        private void run() {
            try {
                awaitLoss();
                lost(this);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the last watcher has left
            } finally {
                if (connection != null) {
                    connection.close();
                }
            }
        }

        private void awaitLoss() throws InterruptedException {
            Duration pause = Duration.ofNanos(term.toNanos() / QUESTIONS_A_TERM);
            long answered = System.nanoTime();
            int misses = 0;
            while (misses < MISSES || System.nanoTime() - answered < term.toNanos()) {
                long asked = System.nanoTime();
                if (answers(pause)) {
                    answered = System.nanoTime();
                    misses = 0;
                } else {
                    misses++;
                }
                long left = asked + pause.toNanos() - System.nanoTime();
                if (left > 0) {
                    Thread.sleep(Duration.ofNanos(left));
                }
            }
        }

        private boolean answers(Duration within) throws InterruptedException {
            try {
                if (connection == null) {
                    connection = Connection.to(peer, security);
                }
                connection.call(CHECK, HealthCheckRequest.getDefaultInstance(), within);
                return true;
            } catch (CallException e) {
                if (e.kind() == Kind.INTERNAL) {
                    LOG.warn("{} could not be asked: {}", peer, e.getMessage());
                }
                return e.isAnswer();
            } catch (RuntimeException | Error e) {
                LOG.error(
                        "{} could not be asked",
                        peer,
                        e); // watchers must hear of its end all the same
                return false;
            }
        }
    }
}
