package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/// What counts as a worker's answer to a plan.
class WorkersTest {

    private static final Duration SHORT = Duration.ofMillis(30);
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final PluginVersion FISH = new PluginVersion("fish", "1.0.0", "0".repeat(64), 1);

    private final Nodes nodes =
            new Nodes(
                    new Nodes.Terms(
                            "o1", 1, Duration.ofSeconds(3), Duration.ofSeconds(1), List::of),
                    Set.of(),
                    System::nanoTime,
                    () -> 0);
    private final Workers workers = new Workers(nodes);
    private final Push push = new Push(FISH, List.of(), "");
    private final SentOrders orders = new SentOrders();
    private Node worker;

    @BeforeEach
    void join() throws Exception {
        worker = nodes.join(TestNode.hello("w1", Role.WORKER).build(), orders);
        report(
                NodeReport.newBuilder()
                        .setApplied(Applied.newBuilder().setRevision(plan()).build()));
    }

    /// It held the version for groups that still ran, and drops it with them: it may be gone when the plan comes.
    @Test
    void aHeartbeatOlderThanThePlanDoesNotCount() throws Exception {
        long old = plan();
        report(ready(old));
        CallException refused =
                assertThrows(
                        CallException.class,
                        () -> workers.push(push, null, first -> plan(), SHORT, Steps.UNSEEN));
        assertEquals(Kind.REFUSED, refused.kind());
        assertEquals("worker w1 did not answer within 30 ms", refused.getMessage());
    }

    @Test
    void aHeartbeatUnderThePlanCounts() throws Exception {
        workers.push(push, null, first -> planAndHeartbeat(), LONG, Steps.UNSEEN);
    }

    private long planAndHeartbeat() {
        long revision = plan();
        try {
            report(ready(revision));
        } catch (CallException e) {
            throw new AssertionError(e);
        }
        return revision;
    }

    private long plan() {
        return nodes.plan(List.of(Wire.of(FISH)));
    }

    private void report(NodeReport.Builder report) throws CallException {
        nodes.report(worker, orders, report.build());
    }

    private static NodeReport.Builder ready(long revision) {
        return NodeReport.newBuilder()
                .setHeartbeat(
                        Heartbeat.newBuilder()
                                .setPlanRevision(revision)
                                .addPlugins(TestNode.ready(Wire.of(FISH))));
    }
}
