package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.Goodbye;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/// The workers of a step that end, and come back.
class TrialsTest {

    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    private static final String DESERTED =
            "no worker that has it is here any more (expected: at least one of w1, w2)";

    private final AtomicLong nanos = new AtomicLong(1);
    private final Nodes nodes =
            new Nodes(
                    new Nodes.Terms("o1", 1, LEASE, LEASE.dividedBy(3), List::of),
                    Set.of(),
                    nanos::get,
                    () -> 0);
    private final Trials trials = new Trials(nodes, nanos::get, LEASE, TIMEOUT);
    private final Map<String, Member> members = new HashMap<>();

    @BeforeEach
    void join() throws CallException {
        for (String name : List.of("w1", "w2", "w3", "w4")) {
            start(name);
        }
    }

    @Test
    void oneThatIsAwayIsWaitedForAndKeepsItsPlace() throws CallException {
        kill("w1");
        assertEquals(List.of("w1"), absence(0).away());
        assertEquals(List.of("w1", "w2", "w3"), having());
        pass(LEASE.plus(LEASE).minusNanos(1));
        assertEquals(List.of("w1"), absence(0).away());
        join("w1"); // and makes ready what it is to hold
        pass(LEASE);
        assertEquals(List.of("w1"), absence(0).away());
        ready("w1");
        assertEquals(new Trials.Absence(List.of(), List.of()), absence(0));
        kill("w1");
        pass(LEASE);
        assertEquals(List.of("w1"), absence(0).away());
    }

    @Test
    void anotherTakesThePlaceOfOneThatIsGone() throws CallException {
        kill("w1");
        absence(0);
        pass(LEASE.plus(LEASE));
        assertEquals(new Trials.Absence(List.of(), List.of("w1")), absence(0));
        assertEquals(List.of("w1", "w2", "w3", "w4"), having());
    }

    @Test
    void oneThatStartsIsWaitedForNoLongerThanThoseOfAStep() throws CallException {
        kill("w1");
        absence(0);
        join("w1");
        pass(TIMEOUT);
        assertEquals(List.of("w1"), absence(0).gone());
    }

    @Test
    void noStepIsOverOnceAllAreGone() throws CallException {
        kill("w1");
        kill("w2");
        assertEquals("", trials.failure(record(0)));
        pass(LEASE.plus(LEASE));
        assertEquals(DESERTED, trials.failure(record(0)));
        assertEquals(List.of("w1", "w2"), absence(0).away());
    }

    @Test
    void noStepWaitsForeverForWorkersOfWhichNoneBecomesReady() throws CallException {
        kill("w1");
        kill("w2");
        assertEquals("", trials.failure(record(0)));
        join("w1");
        join("w2");
        pass(TIMEOUT.minusNanos(1));
        assertEquals("", trials.failure(record(0)));
        pass(Duration.ofNanos(1));
        assertEquals(
                "no worker that has it is ready any more (expected: at least one of w1, w2)",
                trials.failure(record(0)));
    }

    @Test
    void whatWasSeenInTheStepBeforeDoesNotCount() throws CallException {
        kill("w1");
        kill("w2");
        absence(0);
        pass(LEASE);
        assertEquals(List.of("w1", "w2"), absence(1).away());
        absence(0); // a look that has begun before
        pass(LEASE);
        assertEquals("", trials.failure(record(1)));
        pass(LEASE);
        assertEquals(DESERTED, trials.failure(record(1)));
    }

    @Test
    void aWorkerThatItKillsAgainIsSaidAtOnce() throws CallException {
        absence(0);
        restart("w1");
        assertEquals("", trials.failure(record(0)));
        restart("w2"); // a machine of both, perhaps
        assertEquals("", trials.failure(record(0)));
        restart("w2");
        assertEquals(
                "worker w2 ended without leaving, or was lost, 2 times in this step (expected: at"
                        + " most 1, one more than any worker without fish 1.1.0)",
                trials.failure(record(0)));
        nodes.cordon(Set.of("w2"));
        assertEquals("", trials.failure(record(0)));
        nodes.cordon(Set.of());
        assertFalse(trials.failure(record(0)).isEmpty());
        assertEquals("", trials.failure(record(1)));
    }

    @Test
    void endsOfACordonedWorkerDoNotCountOnceItIsBack() throws CallException {
        restart("w1");
        restart("w1");
        nodes.cordon(Set.of("w1"));
        absence(0);
        nodes.cordon(Set.of());
        assertEquals("", trials.failure(record(0)));
        nodes.cordon(Set.of("w1", "w3"));
        for (String name : List.of("w1", "w3", "w1", "w3")) { // their machines are updated
            restart(name);
        }
        nodes.cordon(Set.of());
        assertEquals("", trials.failure(record(0)));
        restart("w1");
        restart("w1");
        assertTrue(
                trials.failure(record(0)).contains("2 times in this step (expected: at most 1,"));
    }

    @Test
    void whatKillsOtherWorkersAsWellIsNotTheVersion() throws CallException {
        absence(0);
        for (String name : List.of("w1", "w3", "w1", "w3", "w1")) {
            restart(name);
            assertEquals("", trials.failure(record(0)));
        }
        restart("w1");
        assertEquals(
                "worker w1 ended without leaving, or was lost, 4 times in this step (expected: at"
                        + " most 3, one more than any worker without fish 1.1.0)",
                trials.failure(record(0)));
    }

    @Test
    void aWorkerThatIsLostEndsOnceAlsoIfItComesBack() throws CallException {
        absence(0);
        restart("w1");
        kill("w1");
        assertEquals("", trials.failure(record(0)));
        pass(LEASE.plusNanos(1)); // it may be another one that starts then
        assertFalse(trials.failure(record(0)).isEmpty());
        start("w1");
        assertTrue(trials.failure(record(0)).contains("2 times"));
    }

    @Test
    void aWorkerThatLeavesIsNotKilled() throws CallException {
        absence(0);
        for (int time = 0; time < 3; time++) {
            report("w1", NodeReport.newBuilder().setGoodbye(Goodbye.getDefaultInstance()));
            members.remove("w1"); // and hangs until its lease ends
            pass(LEASE.plusNanos(1));
            start("w1");
        }
        assertEquals("", trials.failure(record(0)));
    }

    private void restart(String name) throws CallException {
        kill(name);
        start(name);
    }

    private Trials.Absence absence(int step) {
        return trials.absence(record(step));
    }

    /// In the second step, which is for three of the four.
    private List<String> having() {
        RolloutRecord first = record(0);
        return new Workers(nodes)
                .having(policy(), 1, first.workers(), trials.absence(first).gone());
    }

    private static RolloutRecord record(int step) {
        return new RolloutRecord(
                        "r1",
                        version("1.0.0"),
                        version("1.1.0"),
                        policy(),
                        RolloutState.SPREADING,
                        step,
                        "",
                        "ann",
                        1,
                        1)
                .on(List.of("w1", "w2"));
    }

    private static CanaryPolicy policy() {
        return new CanaryPolicy(
                List.of(50, 70),
                new CanaryPolicy.Thresholds(0.1, 0, 10),
                Duration.ofSeconds(30),
                false);
    }

    private static PluginVersion version(String text) {
        return new PluginVersion("fish", text, "0".repeat(64), 1);
    }

    private void start(String name) throws CallException {
        join(name);
        ready(name);
    }

    private void join(String name) throws CallException {
        SentOrders call = new SentOrders();
        Node node = nodes.join(TestNode.hello(name, Role.WORKER).build(), call);
        members.put(name, new Member(node, call));
    }

    private void ready(String name) throws CallException {
        report(name, NodeReport.newBuilder().setApplied(Applied.newBuilder().setRevision(1)));
    }

    private void kill(String name) {
        Member killed = Objects.requireNonNull(members.remove(name));
        nodes.left(killed.node(), killed.call(), false, "killed");
    }

    /// The others say meanwhile that they live.
    private void pass(Duration time) throws CallException {
        long end = nanos.get() + time.toNanos();
        while (nanos.get() < end) {
            nanos.set(Math.min(end, nanos.get() + LEASE.dividedBy(3).toNanos()));
            for (String name : members.keySet()) {
                report(name, NodeReport.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()));
            }
            nodes.expire();
        }
    }

    private void report(String name, NodeReport.Builder report) throws CallException {
        Member member = Objects.requireNonNull(members.get(name));
        nodes.report(member.node(), member.call(), report.build());
    }

    private record Member(Node node, SentOrders call) {}
}
