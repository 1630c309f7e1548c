package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/// What counts as a worker's answer to a plan.
class WorkersTest {

    private static final Duration SHORT = Duration.ofMillis(30);
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final PluginVersion FISH = new PluginVersion("fish", "1.0.0", "0".repeat(64), 1);

    private static final String ENDED =
            "worker w1: ended without leaving, or was lost, while it made fish 1.0.0 ready"
                    + " (expected: ready; if it was by chance, try again)";

    private final AtomicLong aheadNanos = new AtomicLong();
    private final Nodes nodes =
            new Nodes(
                    new Nodes.Terms(
                            "o1", 1, Duration.ofSeconds(3), Duration.ofSeconds(1), List::of),
                    Set.of(),
                    () -> System.nanoTime() + aheadNanos.get(),
                    () -> 0);
    private final Workers workers = new Workers(nodes);
    private final Push push = new Push(FISH, new Needs(), "r1");
    private final SentOrders orders = new SentOrders();
    private final List<String> said = new ArrayList<>(); // in steps
    private Node worker;

    @BeforeEach
    void join() throws Exception {
        worker = nodes.join(TestNode.hello("w1", Role.WORKER).build(), orders);
        report(applied(plan()));
    }

    /// It held the version for groups that still ran, and drops it with them: it may be gone when the plan comes.
    @Test
    void aHeartbeatOlderThanThePlanDoesNotCount() throws Exception {
        long old = plan();
        report(ready(old));
        CallException refused =
                assertThrows(
                        CallException.class,
                        () -> workers.push(push, () -> plan(), SHORT, Steps.UNSEEN, () -> {}));
        assertEquals(Kind.REFUSED, refused.kind());
        assertEquals("worker w1 did not answer within 30 ms", refused.getMessage());
    }

    @Test
    void aHeartbeatUnderThePlanCounts() throws Exception {
        workers.push(
                push,
                () -> planAnd(revision -> report(ready(revision))),
                LONG,
                Steps.UNSEEN,
                () -> {});
    }

    /// It may be what it said before it was told to try again.
    @Test
    void aFailureInAHeartbeatCountsUnderThePlanOnly() {
        assertEquals(
                "worker w1: fish 1.0.0 is FAILED: disk full",
                refused(revision -> {
                    report(beating(revision - 1, TestNode.failed(Wire.of(FISH), "no such class")));
                    report(beating(revision, TestNode.failed(Wire.of(FISH), "disk full")));
                }));
    }

    @Test
    void anAnswerThatWasOvertakenByANewerOneSaysNothing() throws Exception {
        workers.push(
                push,
                () ->
                        planAnd(revision -> {
                            report(made(revision));
                            report(applied(revision - 1));
                        }),
                LONG,
                Steps.UNSEEN,
                () -> {});
    }

    @Test
    void whoeverWaitsIsToldThatTheLeadIsLost() {
        CallException lost =
                assertThrows(
                        CallException.class,
                        () ->
                                workers.push(
                                        push,
                                        () -> planAnd(revision -> nodes.close()),
                                        LONG,
                                        Steps.UNSEEN,
                                        () -> {}));
        assertEquals(Kind.UNREACHABLE, lost.kind());
        assertEquals("the overseer does not lead any more", lost.getMessage());
    }

    /// Perhaps the version killed it, and something started it anew.
    @Test
    void aWorkerThatComesBackAsAnotherProcessHasFailed() {
        assertEquals(ENDED, refused(revision -> killed()));
    }

    @Test
    void anotherVersionThatIsThroughHasNotEndedIt() {
        Push other = other("crab", List.of());
        push.meets(other);
        push.acquits(other);
        assertEquals(ENDED, refused(revision -> killed()));
    }

    @Test
    void aRollbackThatIsThroughMayHaveEndedItNevertheless() {
        Push back =
                new Push(new PluginVersion("crab", "2.0.0", "1".repeat(64), 1), new Needs(), "");
        push.meets(back);
        push.acquits(back);
        assertEquals(
                ENDED.replace(
                        "by chance, ", "by chance, or by crab 2.0.0, which was on its way too, "),
                refused(revision -> killed()));
    }

    @Test
    void whatWasOnItsWayToOtherWorkersHasNotEndedIt() {
        push.meets(other("crab", List.of("w9")));
        assertEquals(ENDED, refused(revision -> killed()));
    }

    @Test
    void allThatMayHaveEndedItAreNamed() {
        push.meets(other("shark", List.of()));
        push.meets(other("crab", List.of("w1", "w9")));
        assertEquals(
                ENDED.replace(
                        "by chance, ",
                        "by chance, or by crab 2.0.0 or shark 2.0.0, which were on their way"
                                + " too, "),
                refused(revision -> killed()));
    }

    private static Push other(String name, List<String> workers) {
        return new Push(
                new PluginVersion(name, "2.0.0", "1".repeat(64), 1), new Needs(), "r2", workers);
    }

    @Test
    void aWorkerThatIsLostHasFailed() {
        assertEquals(
                ENDED,
                refused(revision -> {
                    nodes.left(worker, orders, false, "killed");
                    for (int second = 0; second < LONG.toSeconds(); second++) {
                        nodes.expire();
                        aheadNanos.addAndGet(Duration.ofSeconds(1).toNanos());
                    }
                }));
    }

    /// A version whose start ends the process in good order makes each of them leave.
    @Test
    void whenEveryWorkerLeavesNobodyHasItReady() {
        assertEquals(
                "every worker that was to make fish 1.0.0 ready has left (expected: at least one"
                        + " that has it ready; try again)",
                refused(revision -> nodes.left(worker, orders, true, "left")));
    }

    @Test
    void aWorkerMayLeaveIfAnotherHasItReady() throws Exception {
        SentOrders others = new SentOrders();
        Node other = nodes.join(TestNode.hello("w2", Role.WORKER).build(), others);
        nodes.report(other, others, applied(plan()).build());
        workers.push(
                push,
                () ->
                        planAnd(revision -> {
                            nodes.report(other, others, ready(revision).build());
                            nodes.left(worker, orders, true, "left");
                        }),
                LONG,
                Steps.UNSEEN,
                () -> {});
    }

    /// Perhaps it is the version to be left that kills it.
    @Test
    void aRollbackGoesOnWithoutAWorkerThatIsLost() throws Exception {
        workers.push(
                new Push(FISH, new Needs(), ""),
                () -> planAnd(revision -> killed()),
                LONG,
                Steps.UNSEEN,
                () -> {});
    }

    /// Perhaps it is the version to be left that fills its disk, or its processors.
    @Test
    void aRollbackGoesOnWithoutAWorkerThatCannotOrDoesNotAnswerIfAnotherCan() throws Exception {
        SentOrders others = new SentOrders();
        Node other = nodes.join(TestNode.hello("w2", Role.WORKER).build(), others);
        nodes.report(other, others, applied(plan()).build());
        rollback(revision -> {
            report(failed(revision));
            nodes.report(other, others, ready(revision).build());
        });
        rollback(revision -> nodes.report(other, others, ready(revision).build()));
        assertEquals(
                List.of(
                        "worker w1: fish 1.0.0 is FAILED: disk full; not waited for",
                        "goes on",
                        "goes on",
                        "worker w1 did not answer within 30 ms; not waited for"),
                said.stream()
                        .filter(text -> !text.startsWith("to ") && !text.startsWith("w2"))
                        .toList());
    }

    /// It kills one, whose supervisor starts it again, and fills the other's disk.
    @Test
    void aRollbackGoesOnWithAWorkerThatIsBackAsAnotherProcess() throws Exception {
        SentOrders others = new SentOrders();
        Node other = nodes.join(TestNode.hello("w2", Role.WORKER).build(), others);
        nodes.report(other, others, applied(plan()).build());
        rollback(revision -> {
            nodes.left(worker, orders, false, "killed");
            SentOrders again = new SentOrders();
            Node back = nodes.join(TestNode.hello("w1", Role.WORKER).build(), again);
            nodes.report(back, again, ready(revision).build());
            nodes.report(other, others, failed(revision).build());
        });
        assertTrue(
                said.contains("worker w2: fish 1.0.0 is FAILED: disk full; not waited for"),
                said::toString);
    }

    @Test
    void aRollbackThatNoWorkerMakesReadyIsRefused() {
        CallException refused =
                assertThrows(
                        CallException.class, () -> rollback(revision -> report(failed(revision))));
        assertEquals(Kind.REFUSED, refused.kind());
        assertEquals("worker w1: fish 1.0.0 is FAILED: disk full", refused.getMessage());
        CallException silent = assertThrows(CallException.class, () -> rollback(revision -> {}));
        assertEquals("worker w1 did not answer within 30 ms", silent.getMessage());
    }

    private void rollback(Event afterPlan) throws Exception {
        workers.push(
                new Push(FISH, new Needs(), ""),
                () -> planAnd(afterPlan),
                SHORT,
                (step, text, done, total) -> said.add(text),
                () -> said.add("goes on"));
    }

    private void killed() throws CallException {
        nodes.left(worker, orders, false, "killed");
        nodes.join(TestNode.hello("w1", Role.WORKER).build(), new SentOrders());
    }

    /// @return why the push was refused
    private String refused(Event afterPlan) {
        CallException refused =
                assertThrows(
                        CallException.class,
                        () ->
                                workers.push(
                                        push,
                                        () -> planAnd(afterPlan),
                                        LONG,
                                        Steps.UNSEEN,
                                        () -> {}));
        assertEquals(Kind.REFUSED, refused.kind());
        return refused.getMessage();
    }

    private interface Event {
        void happens(long revision) throws CallException;
    }

    private long planAnd(Event event) throws CallException {
        long revision = plan();
        event.happens(revision);
        return revision;
    }

    private long plan() throws CallException {
        WorkerPlan plan = new Needs().toPlan(List.of(FISH));
        return nodes.plan(new Plans.Content(plan, () -> plan, Map.of()));
    }

    private void report(NodeReport.Builder report) throws CallException {
        nodes.report(worker, orders, report.build());
    }

    private static NodeReport.Builder applied(long revision) {
        return NodeReport.newBuilder().setApplied(Applied.newBuilder().setRevision(revision));
    }

    private static NodeReport.Builder made(long revision) {
        return NodeReport.newBuilder()
                .setApplied(
                        Applied.newBuilder()
                                .setRevision(revision)
                                .addPlugins(TestNode.ready(Wire.of(FISH))));
    }

    private static NodeReport.Builder failed(long revision) {
        return NodeReport.newBuilder()
                .setApplied(
                        Applied.newBuilder()
                                .setRevision(revision)
                                .addPlugins(TestNode.failed(Wire.of(FISH), "disk full")));
    }

    private static NodeReport.Builder ready(long revision) {
        return beating(revision, TestNode.ready(Wire.of(FISH)));
    }

    private static NodeReport.Builder beating(long revision, PluginStatus status) {
        return NodeReport.newBuilder()
                .setHeartbeat(Heartbeat.newBuilder().setPlanRevision(revision).addPlugins(status));
    }
}
