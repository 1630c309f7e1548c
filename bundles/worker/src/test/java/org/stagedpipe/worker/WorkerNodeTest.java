package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.Collections;
import java.util.Map;
import java.util.UUID;

/// What a worker makes of the groups that come to it.
@Timeout(40)
class WorkerNodeTest extends OneWorker {

    @Test
    void endsThePartOfALowerEpochAndRefusesOneThatComesLater() throws Exception {
        UUID id = UUID.randomUUID();
        try (TestCoordinator old = new TestCoordinator(worker.endpoint());
                TestCoordinator now = new TestCoordinator(worker.endpoint());
                TestCoordinator late = new TestCoordinator(worker.endpoint())) {
            old.open(one.version(), OPEN, id, 3);
            old.awaitOpened();
            now.open(one.version(), OPEN, id, 4);
            now.awaitOpened();
            CallException ended = assertThrows(CallException.class, old::readToEnd);
            assertEquals(Kind.CONFLICT, ended.kind());
            assertEquals("the group was opened again with epoch 4", ended.getMessage());
            now.items("{\"text\":\"a\"}");
            assertTrue(now.finish().result(0).contains("a!"), now.result(0));

            late.open(one.version(), OPEN, id, 3); // also when the newer part has ended
            CallException refused = assertThrows(CallException.class, late::awaitOpened);
            assertEquals(Kind.CONFLICT, refused.kind());
            assertTrue(
                    refused.getMessage()
                            .endsWith(
                                    ": epoch 3 (expected: at least 4, which this worker has"
                                            + " seen)"),
                    refused.getMessage());
        }
    }

    /// As after a cut of a few seconds: what lay in the system's buffers of the old connection comes when it heals.
    @Test
    void anOpenThatComesAfterANewerOneOfItsCoordinatorEndsNothing() throws Exception {
        UUID id = UUID.randomUUID();
        try (TestCoordinator delayed = new TestCoordinator(worker.endpoint());
                TestCoordinator now = new TestCoordinator(worker.endpoint())) {
            now.opening = 2;
            now.open(one.version(), OPEN, id, 3);
            now.awaitOpened();
            delayed.opening = 1;
            delayed.open(one.version(), OPEN, id, 3);
            CallException refused = assertThrows(CallException.class, delayed::awaitOpened);
            assertEquals(Kind.UNREACHABLE, refused.kind());
            now.items("{\"text\":\"a\"}");
            assertTrue(now.finish().result(0).contains("a!"), now.result(0));
        }
    }

    @Test
    void runsWhatIsPlanned() throws Exception {
        overseer.plan(one);
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(0).getState());
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"a\"}", "{\"text\":\"b\",\"times\":2,\"other\":1}");
            group.items("{\"text\":\"throw\"}", "{\"text\":", "", "{\"text\":\"none\"}");
            group.redelivery(3);
            group.items("{\"text\":\"c\"}");
            group.finish();
            Hello hello = overseer.hello;
            assertNotNull(hello);
            assertEquals(hello.getIncarnation(), group.incarnation);
            assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", group.result(0));
            assertEquals("{\"text\":\"bb!1.0.0\",\"times\":1}", group.result(1));
            assertEquals("{\"text\":\"c!1.0.0\",\"times\":3}", group.result(6));
            ItemFault thrown = group.faults.get(2L);
            assertNotNull(thrown);
            assertEquals(ItemFault.Kind.STAGE, thrown.getKind());
            assertEquals("first", thrown.getStage());
            assertEquals("IllegalArgumentException: cannot digest this", thrown.getText());
            assertEquals(ItemFault.Kind.BAD_DATA, kind(group, 3));
            assertEquals("no bytes (expected: JSON)", text(group, 4));
            assertEquals(ItemFault.Kind.BAD_DATA, kind(group, 4));
            assertEquals(ItemFault.Kind.BAD_RESULT, kind(group, 5));
            assertEquals(1, noted("close"));
        }
    }

    private static ItemFault.Kind kind(TestCoordinator group, long sequence) {
        ItemFault fault = group.faults.get(sequence);
        return fault == null ? ItemFault.Kind.KIND_UNSPECIFIED : fault.getKind();
    }

    private static String text(TestCoordinator group, long sequence) {
        ItemFault fault = group.faults.get(sequence);
        return fault == null ? "no fault" : fault.getText();
    }

    @Test
    void bigItemsTravelInChunks() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        String text = "x".repeat(3_000_000);
        ByteString item = ByteString.copyFromUtf8("{\"text\":\"" + text + "\"}");
        try (TestCoordinator group = group(one)) {
            for (int at = 0; at < item.size(); at += 262_144) {
                group.chunk(
                        item.size(), at, item.substring(at, Math.min(at + 262_144, item.size())));
            }
            group.finish();
            assertEquals("{\"text\":\"" + text + "!1.0.0\",\"times\":1}", group.result(0));
        }
    }

    @Test
    void groupsFinishOnTheOldVersionAndItIsUnloaded() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator old = group(one)) {
            old.items("{\"text\":\"a\"}");
            old.read(1);
            overseer.plan(two);
            assertEquals(State.READY, overseer.awaitApplied().getPlugins(0).getState());
            assertEquals(1, overseer.awaitStatus(one.version(), State.DRAINING).getGroups());
            try (TestCoordinator young = group(two)) {
                young.items("{\"text\":\"a\"}");
                assertEquals("{\"text\":\"a!2.0.0\",\"times\":1}", young.finish().result(0));
            }
            old.items("{\"text\":\"b\"}");
            assertEquals("{\"text\":\"b!1.0.0\",\"times\":1}", old.finish().result(1));
        }
        overseer.awaitStatus(one.version(), State.UNLOADED);
        assertEquals(1, container.plugins().size());
    }

    /// Nobody outside of its bundle keeps its classes, which a search would find.
    @Test
    void aPluginThatBringsItsOwnJsonIsUnloaded() throws Exception {
        PluginJar fast = PluginJar.fast("1.0.0");
        overseer.has(fast);
        overseer.plan(fast);
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(0).getState());
        String item = "{\"id\":7,\"device\":\"d\",\"temperature\":21.5,\"valid\":true}";
        try (TestCoordinator group =
                TestCoordinator.opened(worker.endpoint(), fast.version(), "")) {
            group.items(item, item);
            String result = group.finish().result(1);
            assertTrue(result.startsWith("{\"id\":7,\"device\":\"d\","), result);
        }
        overseer.plan(one);
        overseer.awaitStatus(fast.version(), State.UNLOADED);
        assertEquals(0, overseer.heartbeat.getLoad().getLeakedLoaders());
    }

    @Test
    void theClientReadsWhyItsGroupIsRefused() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        CallException unreadable =
                assertThrows(
                        CallException.class,
                        () ->
                                TestCoordinator.opened(
                                        worker.endpoint(), one.version(), "{\"sufix\":1}"));
        assertEquals(Kind.INVALID, unreadable.kind());
        assertEquals(
                "configuration: unknown key \"sufix\" (expected: one of delay, suffix) at line 1,"
                        + " column 12",
                unreadable.getMessage());
        CallException refused =
                assertThrows(
                        CallException.class,
                        () ->
                                TestCoordinator.opened(
                                        worker.endpoint(),
                                        one.version(),
                                        "{\"suffix\":\"refuse\"}"));
        assertEquals(Kind.REFUSED, refused.kind());
        assertEquals(
                "plug 1.0.0 could not open the group: IllegalStateException: no such database",
                refused.getMessage());
        assertEquals(0, noted("close"));
    }

    @Test
    void cancelReachesARunningStage() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"block\"}");
            Eventually.holds("blocked", () -> noted("blocked") == 1, () -> "");
            group.cancel("enough");
            group.readToEnd();
            ItemFault fault = group.faults.get(0L);
            assertNotNull(fault);
            assertTrue(fault.getAborted());
            assertEquals(ItemFault.Kind.CANCELLED, fault.getKind());
            assertEquals("enough", fault.getText());
        }
        assertEquals(1, noted("interrupted"));
        assertEquals(1, noted("close"));
    }

    @Test
    void theLossOfTheCoordinatorReachesARunningStage() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"block\"}");
            Eventually.holds("blocked", () -> noted("blocked") == 1, () -> "");
        }
        Eventually.holds("closed", () -> noted("close") == 1, () -> overseer.heartbeat);
        assertEquals(1, noted("interrupted"));
    }

    @Test
    void aBrokenRuleEndsItsOwnStreamOnly() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator good = group(one);
                TestCoordinator bad = group(one)) {
            bad.chunk(100, 50, ByteString.copyFromUtf8("x"));
            CallException ended = assertThrows(CallException.class, bad::readToEnd);
            assertEquals(Kind.INVALID, ended.kind());
            good.items("{\"text\":\"a\"}");
            assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", good.finish().result(0));
        }
        Eventually.holds("closed", () -> noted("close") == 2, () -> overseer.heartbeat);
    }

    @Test
    void aStopHandsGroupsBack() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"a\"}");
            group.read(1);
            worker.close();
            CallException ended = assertThrows(CallException.class, group::readToEnd);
            assertEquals(Kind.UNREACHABLE, ended.kind());
            assertEquals("worker w1 stops", ended.getMessage());
            assertTrue(group.stops);
        }
        assertEquals(1, noted("close"));
    }

    @Test
    void aStopAnswersWhatRunsAndLeavesTheRestToOthers() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            group.items(Collections.nCopies(500, "{\"text\":\"slow\"}").toArray(String[]::new));
            Eventually.holds("begun", () -> noted("begun") > 0, () -> overseer.heartbeat);
            worker.close();
            assertThrows(CallException.class, group::readToEnd);
            assertTrue(noted("begun") < 500, noted("begun") + " began");
            assertEquals(noted("begun"), group.results.size());
            assertEquals(Map.of(), group.faults);
        }
    }

    @Test
    void takesFewItemsWhileTheyAreSlowAndManyWhileTheyAreFast() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            group.items(Collections.nCopies(16, "{\"text\":\"slow\"}").toArray(String[]::new));
            group.readUntil(() -> group.capacity > 0 && group.capacity <= 16); // four pipelines
            for (int answers = 16 + 50; group.capacity != 4_096; answers += 50) {
                group.items(Collections.nCopies(50, "{\"text\":\"a\"}").toArray(String[]::new));
                group.read(answers); // what they took is told with the next ones
            }
        }
    }

    @Test
    void theHeartbeatTellsTheLoad() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"block\"}");
            Eventually.holds(
                    "one item of one group in flight",
                    () ->
                            overseer.heartbeat.getLoad().getGroups() == 1
                                    && overseer.heartbeat.getLoad().getItemsInFlight() == 1
                                    && overseer.heartbeat.getLoad().getBytesInFlight() > 0,
                    () -> overseer.heartbeat);
        }
        Eventually.holds(
                "nothing in flight",
                () ->
                        overseer.heartbeat.getLoad().getGroups() == 0
                                && overseer.heartbeat.getLoad().getBytesInFlight() == 0,
                () -> overseer.heartbeat);
    }
}
