package org.stagedpipe.coordinator;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.coordinator.group.Environment;
import org.stagedpipe.coordinator.group.Links;
import org.stagedpipe.coordinator.group.NodeWindow;
import org.stagedpipe.coordinator.group.Refusals;
import org.stagedpipe.coordinator.group.Spool;
import org.stagedpipe.coordinator.group.Streams;
import org.stagedpipe.coordinator.letter.Drops;
import org.stagedpipe.coordinator.letter.LetterDesk;
import org.stagedpipe.coordinator.letter.Letters;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.CancelGroupOrder;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.Recorded;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Server;
import org.stagedpipe.transport.StreamWindows;
import org.stagedpipe.transport.node.Membership;
import org.stagedpipe.transport.node.Orders;
import org.stagedpipe.transport.node.Overseers;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// A coordinator: its port, its membership in the cluster, and its groups. Whoever opens it closes it.
///
/// Owns the threads that run the groups (`coordinator-group-1`, …), the one that wakes them (`coordinator-timer`), and one that notes
/// what the audit log has (`coordinator-drops`, virtual).
public final class Coordinator implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Coordinator.class);
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);
    private static final int PROTOCOL = 1;

    /// Of one connection beside its groups: questions whether this node lives, and operators' calls.
    private static final int OTHER_CALLS = 100;

    /// An eighth of the heap may be configurations; two fifths are the items, by default.
    private static final int CONFIGURATIONS_OF_HEAP = 8;

    private final CoordinatorSettings settings;
    private final String version;
    private final ExecutorService threads;
    private final ScheduledThreadPoolExecutor timers;
    private final StreamWindows windows;
    private final Environment environment;
    private final Groups groups;
    private final Drops drops;
    private final ExecutorService noting; // one after the other: each writes the same file
    private @Nullable Server server;
    private @Nullable Membership membership;

    /// @param version of the software, for operators
    public Coordinator(CoordinatorSettings settings, String version) {
        this.settings = settings;
        this.version = version;
        this.windows = settings.unread().windows();
        this.threads =
                Executors.newFixedThreadPool(
                        Math.max(2, Runtime.getRuntime().availableProcessors()),
                        Thread.ofPlatform().name("coordinator-group-", 1).factory());
        this.timers =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().name("coordinator-timer").factory());
        this.timers.setRemoveOnCancelPolicy(true);
        this.environment =
                new Environment(
                        settings.node().name(),
                        settings.limits(),
                        new NodeWindow(settings.nodeWindowBytes()),
                        new Spool(
                                settings.node().data().resolve("spool"),
                                settings.spoolFromBytes(),
                                settings.spoolBytes()),
                        new Letters(
                                settings.node().data().resolve("dead-letters"),
                                settings.letters(),
                                Clock.systemUTC(),
                                System::nanoTime),
                        new Links(settings.node().name(), settings.node().security(), windows),
                        new Streams(settings.unread().bytes() / settings.unread().streamWindow()),
                        threads,
                        timers,
                        () -> ThreadLocalRandom.current().nextLong(),
                        new LongAdder(),
                        new Refusals());
        this.groups =
                new Groups(
                        environment,
                        settings.maxGroups(),
                        new Principals(
                                environment,
                                settings.maxGroups(),
                                settings.principals(),
                                System::nanoTime),
                        settings.unread(),
                        Runtime.getRuntime().maxMemory() / CONFIGURATIONS_OF_HEAP,
                        Clock.systemUTC());
        this.drops = new Drops(settings.node().data().resolve("dead-letters"), Clock.systemUTC());
        this.noting =
                new ThreadPoolExecutor(
                        1,
                        1,
                        0,
                        TimeUnit.MILLISECONDS,
                        new ArrayBlockingQueue<>(1),
                        Thread.ofVirtual().name("coordinator-drops").factory(),
                        new ThreadPoolExecutor.DiscardPolicy()); // what is lost comes again
    }

    /// Listens, and looks for an overseer from then on.
    ///
    /// @return where it listens
    /// @throws CallException if it cannot listen there
    public Endpoint open() throws CallException {
        environment.letters().open();
        drops.open();
        timers.scheduleWithFixedDelay(
                () -> threads.execute(environment.letters()::expire), 1, 1, TimeUnit.MINUTES);
        int calls = settings.maxGroups() + OTHER_CALLS;
        Server listening =
                new LetterDesk(environment.letters(), drops)
                        .at(
                                Server.at(settings.node().listen(), settings.node().security())
                                        .streamWindows(windows)
                                        .maxCalls(calls)
                                        .maxResets(2 * calls)
                                        .share(settings.principals().percent())
                                        .maxMessageBytes(settings.limits().maxMessageBytes())
                                        .firstMessage(settings.limits().firstMessageTimeout())
                                        .stream(Rpcs.PROCESS, groups))
                        .start();
        server = listening;
        listening.serving(true);
        Membership joining =
                new Membership(
                        hello(listening.endpoint()),
                        Overseers.in(settings.node().data(), settings.node().overseers()),
                        settings.node().security(),
                        new Pulse(groups, environment, drops),
                        new Obedience());
        membership = joining;
        joining.open();
        return listening.endpoint();
    }

    /// Says goodbye, takes no more groups, waits for the open ones for the stop timeout, ends them and closes.
    @Override
    public void close() {
        if (membership != null) {
            membership.goodbye("coordinator " + settings.node().name() + " stops");
        }
        if (server != null) {
            server.serving(false);
        }
        try {
            groups.stop(settings.stopTimeout());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (server != null) {
            server.close(LAST_WORDS);
        }
        if (membership != null) {
            membership.close();
        }
        environment.links().close();
        timers.shutdownNow();
        threads.shutdown();
        noting.shutdown();
        LOG.info("coordinator {} has stopped", settings.node().name());
    }

    private Hello hello(Endpoint listening) {
        byte[] incarnation = new byte[16];
        new SecureRandom().nextBytes(incarnation);
        return Hello.newBuilder()
                .setProtocol(PROTOCOL)
                .setName(settings.node().name())
                .setRole(Role.COORDINATOR)
                .setAddress(
                        new Endpoint(settings.node().advertised(), listening.port()).toAddress())
                .setVersion(version)
                .setIncarnation(ByteString.copyFrom(incarnation))
                .setPid(ProcessHandle.current().pid())
                .build();
    }

    /// What overseers order.
    private final class Obedience implements Orders {

        @Override
        public void view(ClusterView view) {
            groups.view(view);
            Membership current = membership;
            if (current != null) {
                current.applied(Applied.newBuilder().setRevision(view.getRevision()).build());
            }
        }

        @Override
        public void cordon(boolean cordoned) {
            groups.cordon(cordoned);
        }

        @Override
        public void cancel(CancelGroupOrder order) {
            groups.cancel(order.getGroup(), order.getReason());
        }

        @Override
        public void recorded(Recorded recorded) { // which waits for the disk, as no group is to
            noting.execute(() -> drops.recorded(recorded.getDroppedList()));
        }
    }
}
