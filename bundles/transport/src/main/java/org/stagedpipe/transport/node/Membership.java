package org.stagedpipe.transport.node;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.Goodbye;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/// A node's membership in its cluster: one stream to an overseer, kept up for as long as this is open.
///
/// Owns two virtual threads: one reads orders, one sends heartbeats. After a loss it tries the overseers in turn, the
/// first time at once, then every 100 ms to 1 s. An overseer with a lower epoch than one seen before is refused.
public final class Membership implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final Hello hello;
    private final List<Endpoint> overseers;
    private final Security security;
    private final Supplier<Heartbeat> heartbeat;
    private final Orders orders;
    private final Thread thread;
    private volatile @Nullable Exchange<NodeReport, NodeOrder> exchange;
    private volatile boolean closed;
    private long epoch; // of the thread
    private String lastLoss = ""; // of the thread

    /// Call [#open()] to begin.
    ///
    /// @param hello who the node is
    /// @param overseers at least one
    /// @param heartbeat asked in each interval, on a thread of this object; must not block
    public Membership(
            Hello hello,
            List<Endpoint> overseers,
            Security security,
            Supplier<Heartbeat> heartbeat,
            Orders orders) {
        if (overseers.isEmpty()) {
            throw new IllegalArgumentException(
                    "overseers: none (expected: at least one host:port)");
        }
        this.hello = hello;
        this.overseers = List.copyOf(overseers);
        this.security = security;
        this.heartbeat = heartbeat;
        this.orders = orders;
        this.thread = Thread.ofVirtual().name("membership-" + hello.getName()).unstarted(this::run);
    }

    /// Begins to look for an overseer.
    public void open() {
        thread.start();
    }

    /// Tells the overseer what became of its last order; lost if there is none now, a new one orders anew.
    public void applied(Applied applied) {
        report(NodeReport.newBuilder().setApplied(applied).build());
    }

    /// Tells the overseer that the node stops, so that nobody gives it new work.
    public void goodbye(String reason) {
        report(NodeReport.newBuilder().setGoodbye(Goodbye.newBuilder().setReason(reason)).build());
    }

    /// Leaves the cluster; waits for an order in progress at most 5 s.
    @Override
    public void close() {
        closed = true;
        Exchange<NodeReport, NodeOrder> current = exchange;
        if (current != null) {
            current.complete();
        }
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void report(NodeReport report) {
        Exchange<NodeReport, NodeOrder> current = exchange;
        if (current == null) {
            return;
        }
        try {
            current.send(report);
        } catch (CallException e) {
            LOG.debug("report lost: {}", e.getMessage()); // the reader sees the same loss
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Duration pause = Duration.ZERO;
        for (int turn = 0; !closed; turn++) {
            try {
                Thread.sleep(pause);
                boolean wasMember = attend(overseers.get(turn % overseers.size()));
                pause = wasMember || pause.isZero() ? FIRST_PAUSE : longer(pause);
            } catch (InterruptedException e) {
                if (closed) {
                    return;
                }
            }
        }
    }

    private static Duration longer(Duration pause) {
        Duration doubled = pause.multipliedBy(2);
        Duration bounded = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
        return bounded.minusMillis(
                ThreadLocalRandom.current().nextLong(bounded.toMillis() / 4)); // not all at once
    }

    /// Is a member until the stream ends; whether it ever was one.
    private boolean attend(Endpoint overseer) throws InterruptedException {
        boolean welcomed = false;
        try (Connection connection = Connection.to(overseer, security);
                Exchange<NodeReport, NodeOrder> stream =
                        connection.exchange(Rpcs.SUBSCRIBE, null)) {
            stream.send(
                    NodeReport.newBuilder().setHello(hello.toBuilder().setEpoch(epoch)).build());
            for (NodeOrder order = stream.next(); order != null; order = stream.next()) {
                if (order.hasWelcome()) {
                    welcomed = true;
                    welcome(order, stream);
                } else {
                    obey(order);
                }
            }
            lost(overseer, "the overseer ended the membership");
        } catch (CallException e) {
            lost(overseer, e.getMessage());
        } finally {
            exchange = null;
        }
        return welcomed;
    }

    private void welcome(NodeOrder order, Exchange<NodeReport, NodeOrder> stream)
            throws CallException {
        long theirs = order.getWelcome().getEpoch();
        if (theirs < epoch) {
            throw new CallException(
                    CallException.Kind.REFUSED,
                    "overseer of epoch " + theirs + " (expected: " + epoch + " or higher)");
        }
        epoch = theirs;
        lastLoss = "";
        exchange = stream;
        long interval = Math.max(1, order.getWelcome().getHeartbeatMs());
        Thread.ofVirtual().name("heartbeat-" + hello.getName()).start(() -> beat(stream, interval));
        orders.welcome(order.getWelcome());
    }

    private void beat(Exchange<NodeReport, NodeOrder> stream, long intervalMs) {
        try {
            while (exchange == stream) {
                stream.send(NodeReport.newBuilder().setHeartbeat(heartbeat.get()).build());
                Thread.sleep(intervalMs);
            }
        } catch (CallException e) {
            LOG.debug("heartbeats end: {}", e.getMessage()); // the reader sees the same loss
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void obey(NodeOrder order) {
        switch (order.getMessageCase()) {
            case WORKER_PLAN -> orders.plan(order.getWorkerPlan());
            case CLUSTER_VIEW -> orders.view(order.getClusterView());
            case CANCEL_GROUP -> orders.cancel(order.getCancelGroup());
            case WELCOME, MESSAGE_NOT_SET ->
                    LOG.debug("an order that this version does not know: {}", order);
        }
    }

    /// The same loss is told once, however often it is tried again.
    private void lost(Endpoint overseer, String why) {
        if (closed) {
            return;
        }
        String loss = overseer + ": " + why;
        if (!loss.equals(lastLoss)) {
            lastLoss = loss;
            LOG.warn("no overseer at {}", loss);
            orders.lost(loss);
        }
    }
}
