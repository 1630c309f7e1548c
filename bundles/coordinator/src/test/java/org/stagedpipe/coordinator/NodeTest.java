package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.SettingsException;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.VersionOutcomes;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// The node: its membership, its stop, its settings.
final class NodeTest {

    private static final Map<String, Object> LEAST =
            Map.of("name", "c1", "overseers", "127.0.0.1:9400", "data", "d");

    @Test
    void saysWhoItIsAndHowBusy() throws Exception {
        try (TestCluster cluster = new TestCluster(2)) {
            TestGroup group = cluster.groupOnAll(open -> open.setOrdered(true));
            cluster.workers().forEach(worker -> worker.answers = false);
            group.send(0, 7);
            cluster.overseer().awaitHeartbeat(beat -> beat.getLoad().getItemsInFlight() == 7);

            Hello hello = cluster.overseer().hellos.getFirst();
            assertEquals("c1", hello.getName());
            assertEquals(Role.COORDINATOR, hello.getRole());
            assertEquals(cluster.client().peer().port(), hello.getAddress().getPort());
            assertEquals(16, hello.getIncarnation().size());
            Heartbeat beat = cluster.overseer().heartbeats.getLast();
            assertEquals(1, beat.getLoad().getGroups());
            assertEquals(42, beat.getLoad().getBytesInFlight()); // 7 of "item n"
            assertTrue(beat.getLoad().getHeapMaxBytes() > 0);
            GroupSummary summary = beat.getGroups(0);
            assertEquals(group.id(), summary.getGroup());
            assertEquals("running", summary.getState());
            assertEquals("test", summary.getClient());
            assertEquals(TestCluster.ECHO, summary.getPlugin());
            assertEquals(7, summary.getAccepted());
            assertTrue(summary.getOrdered());
            assertEquals(List.of("w1", "w2"), summary.getWorkersList());
            group.call().complete();
            cluster.overseer().awaitGroup(group.id(), next -> next.getState().equals("finishing"));
            cluster.workers().forEach(TestWorker::answerAll);

            assertEquals(counts(7, 7, 0, 0), group.awaitClosed());
        }
    }

    @Test
    void countsHowItemsOfAVersionEndedAlsoOfGroupsThatAreOver() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup ended = cluster.group();
            ended.send(0, 5);
            assertEquals(counts(5, 5, 0, 0), ended.finish());
            TestGroup open = cluster.group();
            open.send(0, 3);
            cluster.overseer()
                    .awaitHeartbeat(beat ->
                            beat.getOutcomesCount() == 1 && beat.getOutcomes(0).getOk() == 8);
            VersionOutcomes outcomes = cluster.overseer().heartbeats.getLast().getOutcomes(0);
            assertEquals(TestCluster.ECHO, outcomes.getPlugin());
            assertEquals(8, outcomes.getTimedItems());
            assertTrue(outcomes.getTimedUs() > 0);
            assertEquals(counts(3, 3, 0, 0), open.finish());
        }
    }

    @Test
    void letsOpenGroupsFinishWhenItStops() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "stopTimeoutMs", 10_000)) {
            TestGroup group = cluster.group();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(cluster::stop);
            Until.holds(
                    () -> cluster.overseer().goodbyes.equals(List.of("coordinator c1 stops")),
                    () -> "no goodbye");
            Until.holds(() -> refusesAsItStops(cluster), () -> "takes groups still");
            group.send(0, 100);

            assertEquals(counts(100, 100, 0, 0), group.finish());
            stopped.join();
        }
    }

    /// It says goodbye before it refuses groups.
    private static boolean refusesAsItStops(TestCluster cluster) {
        TestGroup late = cluster.stream().open("echo", open -> open);
        if (late.opensInTime()) {
            late.finish();
            return false;
        }
        return late.awaitFailure().getMessage().equals("coordinator c1 stops");
    }

    @Test
    void endsWhatDoesNotFinishWhenItStops() throws Exception {
        String text = lastWord();
        if (!text.equals("coordinator c1 stops")) { // it has a second to leave
            text = lastWord();
        }
        assertEquals("coordinator c1 stops", text);
    }

    private static String lastWord() throws Exception {
        try (TestCluster cluster = new TestCluster(1)) {
            TestGroup group = cluster.group();
            cluster.worker(0).answers = false;
            group.send(0, 10);
            Until.holds(() -> cluster.worker(0).received.size() == 10, () -> "not given away");
            cluster.stop();

            assertEquals(Kind.UNREACHABLE, group.awaitFailure().kind());
            return group.awaitFailure().getMessage();
        }
    }

    @Test
    void saysThatItsPortIsInUse() throws Exception {
        try (TestCluster cluster = new TestCluster(0)) {
            int port = cluster.client().peer().port();
            CallException why =
                    assertThrows(CallException.class, () -> new TestCluster(0, "port", port));
            assertEquals(
                    "port "
                            + port
                            + " on 127.0.0.1 is in use (expected: a free port, or 0 for any)",
                    why.getMessage());
        }
    }

    @Test
    void hasDefaultsForWhatIsNotSet() {
        CoordinatorSettings settings = CoordinatorSettings.read(LEAST);
        assertEquals(9410, settings.node().listen().port());
        assertEquals(4_096, settings.limits().windowItems());
        assertEquals(16 << 20, settings.limits().windowBytes());
        assertEquals(104_857_600, settings.limits().maxItemBytes());
        assertEquals(30_000, settings.limits().noWorkerTimeout().toMillis());
    }

    @Test
    void refusesSettingsItCannotUse() {
        assertRefused("overseers: \"\" (expected: at least one host:port)", "overseers", "");
        assertRefused(
                "groupWindowItems: 0 (expected: a whole number from 1 to 1000000)",
                "groupWindowItems",
                0);
        assertRefused(
                "maxGroups: 1001 (expected: a whole number from 1 to 1000)", "maxGroups", 1_001);
        assertRefused(
                "principalPercent: 49 (expected: at least 2097152 bytes of nodeWindowBytes,"
                        + " 4194304)",
                Map.of("principalPercent", 49, "nodeWindowBytes", 4 << 20));
        assertRefused("unknown key windowItems (expected: one of ", "windowItems", 1);
    }

    private static void assertRefused(String text, String key, Object value) {
        assertRefused(text, Map.of(key, value));
    }

    private static void assertRefused(String text, Map<String, ?> more) {
        Map<String, Object> properties = new HashMap<>(LEAST);
        properties.putAll(more);
        SettingsException why =
                assertThrows(SettingsException.class, () -> CoordinatorSettings.read(properties));
        assertTrue(
                String.valueOf(why.getMessage()).startsWith("org.stagedpipe.coordinator: " + text),
                why.getMessage());
    }
}
