package org.stagedpipe.transport.node;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.Goodbye;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.Welcome;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/// A node's membership in its cluster: one stream to an overseer, kept up for as long as this is open.
///
/// Owns two threads: one reads orders, one sends heartbeats. Platform threads: a plugin's stages that compute for long may have all
/// that virtual ones run on, and the node would count as gone. It tries the overseers in turn: at once when it opens,
/// 100 ms after a loss, then in longer pauses up to 1 s, or 400 ms where there are several; also where each stream breaks before a
/// heartbeat is answered, by an order that is too large, say. An overseer with a lower epoch, or version of the catalogue, than one
/// seen before is refused, also after a restart of the node, and so is one that does not welcome the node within 10 s, 1 s
/// where there are several: it may be frozen. One that is silent for two thirds of the lease, or takes no report for so long, is
/// lost. A bug in an order's receiver ends this stream, not the membership.
public final class Membership implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE_OF_SEVERAL = Duration.ofMillis(400);
    private static final Duration WELCOME_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration WELCOME_OF_SEVERAL_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration POLITE_END = Duration.ofSeconds(1);
    private static final Duration ORDER_IN_PROGRESS = Duration.ofSeconds(4);
    private static final Duration TELL_AGAIN = Duration.ofMinutes(1);

    private final Hello hello;
    private final Overseers overseers;
    private final Security security;
    private final Supplier<Heartbeat> heartbeat;
    private final Orders orders;
    private final Thread thread;
    private volatile @Nullable Exchange<NodeReport, NodeOrder> exchange;
    private volatile @Nullable Applied last; // what became of an order
    private volatile @Nullable NodeReport goodbye; // once the node stops
    private volatile boolean closed;
    private volatile @Nullable CallException unheard; // why this side has given the stream up
    private boolean isSentOn; // by the last overseer asked, to the one that leads; of the thread
    private volatile Duration silence =
            WELCOME_TIMEOUT; // that ends a stream; as the last welcome says
    private boolean answered; // of the thread: a heartbeat, on the last stream
    private final Map<String, Long> toldLosses =
            new HashMap<>(); // of the thread; when, by nanoTime

    /// Call [#open()] to begin.
    ///
    /// @param hello who the node is
    /// @param overseers gets what is learned of them
    /// @param heartbeat asked in each interval, on a thread of this object; must not block
    public Membership(
            Hello hello,
            Overseers overseers,
            Security security,
            Supplier<Heartbeat> heartbeat,
            Orders orders) {
        this.hello = hello;
        this.overseers = overseers;
        this.security = security;
        this.heartbeat = heartbeat;
        this.orders = orders;
        this.thread = thread("membership-", this::run);
    }

    /// Begins to look for an overseer; once.
    public void open() {
        thread.start();
    }

    /// Tells the overseer what became of its last order. Whoever leads next is told too, as its own order may take long: until
    /// then it would take this node for one that has done nothing yet.
    public void applied(Applied applied) {
        last = applied;
        report(NodeReport.newBuilder().setApplied(applied).build());
    }

    /// Tells the overseer that the node stops, so that nobody gives it new work; whoever leads next, too.
    public void goodbye(String reason) {
        NodeReport leaving =
                NodeReport.newBuilder().setGoodbye(Goodbye.newBuilder().setReason(reason)).build();
        goodbye = leaving;
        report(leaving);
    }

    /// Leaves the cluster: what was reported still arrives. Waits for the overseer and for an order in progress, together at
    /// most 5 s.
    @Override
    public void close() {
        closed = true;
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        Exchange<NodeReport, NodeOrder> current = exchange;
        try {
            if (current != null) {
                current.complete();
                thread.join(POLITE_END);
            }
            thread.interrupt();
            thread.join(ORDER_IN_PROGRESS);
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    private void report(NodeReport report) {
        Exchange<NodeReport, NodeOrder> current = exchange;
        if (current == null) {
            return;
        }
        try {
            send(current, report);
        } catch (CallException e) {
            LOG.debug("report lost: {}", e.getMessage()); // the reader sees the same loss
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// The end of a call is told behind what came before it. So whoever reads here and has to send something meanwhile would wait for
    /// ever on a call that has ended: gRPC takes nothing more for it, and waits for the reader.
    private void send(Exchange<NodeReport, NodeOrder> stream, NodeReport report)
            throws CallException, InterruptedException {
        try {
            stream.send(report, silence);
        } catch (CallException e) {
            if (e.kind() == CallException.Kind.TIMED_OUT) {
                unheard = e;
                stream.close();
            }
            throw e;
        }
    }

    private void run() {
        Duration pause = Duration.ZERO;
        Endpoint overseer = overseers.all().getFirst();
        while (!closed) {
            try {
                Thread.sleep(pause);
                attend(overseer);
                overseer = overseers.after(overseer);
                pause = answered || pause.isZero() ? FIRST_PAUSE : longer(pause);
            } catch (InterruptedException e) {
                if (closed) {
                    return;
                }
            } catch (RuntimeException | Error e) {
                // Without this thread the node would silently be no member any more. An Error too:
                // that direct memory
                // is short passes.
                LOG.error("the membership goes on after a bug", e);
                pause = LONGEST_PAUSE;
            }
        }
    }

    private Duration welcomeTimeout() {
        return overseers.all().size() > 1 ? WELCOME_OF_SEVERAL_TIMEOUT : WELCOME_TIMEOUT;
    }

    private Duration longer(Duration pause) {
        Duration doubled = pause.plus(pause);
        Duration longest = overseers.all().size() > 1 ? LONGEST_PAUSE_OF_SEVERAL : LONGEST_PAUSE;
        Duration bounded = doubled.compareTo(longest) < 0 ? doubled : longest;
        return bounded.minusMillis(
                ThreadLocalRandom.current().nextLong(bounded.toMillis() / 4)); // not all at once
    }

    /// Is a member until the stream ends.
    private void attend(Endpoint overseer) throws InterruptedException {
        answered = false;
        unheard = null;
        isSentOn = false;
        try (Connection connection = Connection.to(overseer, security);
                Exchange<NodeReport, NodeOrder> stream =
                        connection.exchange(Rpcs.SUBSCRIBE, null)) {
            stream.begin(
                    NodeReport.newBuilder()
                            .setHello(
                                    hello.toBuilder()
                                            .setEpoch(overseers.epoch())
                                            .setCatalogue(overseers.catalogue())
                                            .setCatalogueOrigin(overseers.origin()))
                            .build());
            NodeOrder first = stream.next(welcomeTimeout());
            if (first != null && first.hasRedirect()) {
                isSentOn = true;
                overseers.learn(first.getRedirect());
                first = stream.next(welcomeTimeout()); // the failure, which says who leads
            }
            if (first != null) {
                welcome(first, stream);
                orders.welcome(first.getWelcome());
            }
            obeyAll(first, stream);
            lost(overseer, "the overseer ended the membership");
        } catch (CallException e) {
            CallException ours = unheard;
            lost(overseer, ours == null ? e.getMessage() : ours.getMessage());
        } catch (RuntimeException | Error e) {
            // The node would silently be no member any more; it comes back and is ordered anew.
            LOG.error("an order's receiver threw", e);
            lost(overseer, "internal error: " + e);
        } finally {
            exchange = null;
        }
    }

    private void obeyAll(@Nullable NodeOrder first, Exchange<NodeReport, NodeOrder> stream)
            throws CallException, InterruptedException {
        NodeOrder order = first;
        while (order != null) {
            fence(order.getEpoch());
            if (order != first && order.hasWelcome()) {
                overseers.learn(order.getWelcome());
                silence = silence(order.getWelcome());
                answered = true;
            } else {
                obey(order);
            }
            order = stream.next(answered ? silence : untilFirstAnswer());
        }
    }

    /// The first answer to a heartbeat comes behind all that a node is told first, which may be much.
    private Duration untilFirstAnswer() {
        return silence.compareTo(WELCOME_TIMEOUT) > 0 ? silence : WELCOME_TIMEOUT;
    }

    private static Duration silence(Welcome welcome) {
        return Duration.ofMillis(
                Math.max(2L * welcome.getHeartbeatMs(), welcome.getLeaseMs() * 2L / 3));
    }

    /// @throws CallException if an overseer orders that another one has followed
    private void fence(long theirs) throws CallException {
        if (theirs != 0 && theirs < overseers.epoch()) {
            throw new CallException(
                    CallException.Kind.REFUSED,
                    "an order of epoch "
                            + theirs
                            + " (expected: "
                            + overseers.epoch()
                            + " or higher)");
        }
    }

    private void welcome(NodeOrder order, Exchange<NodeReport, NodeOrder> stream)
            throws CallException {
        if (!order.hasWelcome()) {
            throw new CallException(
                    CallException.Kind.REFUSED,
                    "the overseer began with " + order.getMessageCase() + " (expected: WELCOME)");
        }
        overseers.learn(order.getWelcome());
        silence = silence(order.getWelcome());
        toldLosses.clear();
        exchange = stream;
        Applied told = last;
        if (told != null) {
            report(NodeReport.newBuilder().setApplied(told).build());
        }
        NodeReport leaving = goodbye;
        if (leaving != null) {
            report(leaving);
        }
        long interval = Math.max(1, order.getWelcome().getHeartbeatMs());
        thread("heartbeat-", () -> beat(stream, interval)).start();
    }

    private Thread thread(String name, Runnable task) {
        return Thread.ofPlatform().daemon().name(name + hello.getName()).unstarted(task);
    }

    private void beat(Exchange<NodeReport, NodeOrder> stream, long intervalMs) {
        try {
            while (exchange == stream) {
                beatOnce(stream);
                Thread.sleep(intervalMs);
            }
        } catch (CallException e) {
            LOG.debug("heartbeats end: {}", e.getMessage()); // the reader sees the same loss
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void beatOnce(Exchange<NodeReport, NodeOrder> stream)
            throws CallException, InterruptedException {
        try {
            send(stream, NodeReport.newBuilder().setHeartbeat(heartbeat()).build());
        } catch (RuntimeException | Error e) {
            LOG.error("a heartbeat was not sent", e); // the next one may be
        }
    }

    /// The lease is worth more than the load in it: after a bug an empty one goes.
    private Heartbeat heartbeat() {
        try {
            return heartbeat.get();
        } catch (RuntimeException | Error e) {
            LOG.error("a heartbeat could not be made", e);
            return Heartbeat.getDefaultInstance();
        }
    }

    private void obey(NodeOrder order) {
        switch (order.getMessageCase()) {
            case WORKER_PLAN -> orders.plan(order.getWorkerPlan());
            case CLUSTER_VIEW -> orders.view(order.getClusterView());
            case CANCEL_GROUP -> orders.cancel(order.getCancelGroup());
            case CORDON -> orders.cordon(order.getCordon().getCordoned());
            case RECORDED -> orders.recorded(order.getRecorded());
            case WELCOME, REDIRECT -> {} // have been looked at
            case MESSAGE_NOT_SET ->
                    LOG.debug("an order that this version does not know: {}", order);
        }
    }

    /// The same loss is told once a minute, however often it is tried again.
    private void lost(Endpoint overseer, String why) {
        if (closed) {
            return;
        }
        String loss = why.startsWith(overseer + ":") ? why : overseer + ": " + why;
        long now = System.nanoTime();
        Long told = toldLosses.get(loss);
        if (told == null || now - told >= TELL_AGAIN.toNanos()) {
            toldLosses.put(loss, now);
            LOG.atLevel(isSentOn ? Level.INFO : Level.WARN).log("not a member: {}", loss);
            orders.lost(loss);
        }
    }
}
