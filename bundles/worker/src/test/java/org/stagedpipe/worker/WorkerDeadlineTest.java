package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.transport.CallException;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/// Stages that take longer than their group allows, on a worker, on real connections.
@Timeout(40)
@SuppressWarnings("NullAway.Init")
class WorkerDeadlineTest {

    private static final String OPEN = "{\"suffix\":\"!\"}";

    @TempDir static Path storage;
    @TempDir Path data;

    private static Container container;
    private static PluginJar plugin;

    private final List<String> recycled = new CopyOnWriteArrayList<>();
    private TestOverseer overseer;
    private WorkerNode worker;

    @BeforeAll
    static void start() throws Exception {
        container = Container.open(storage);
        plugin =
                PluginJar.of(
                        "1.0.0",
                        Map.of(
                                "default -> { }",
                                """
                                case "hang" -> {
                                    note("hangs");
                                    while (System.getProperty("plug.hang") != null) {
                                        try {
                                            Thread.sleep(10);
                                        } catch (InterruptedException e) {
                                            continue; // it does not listen
                                        }
                                    }
                                }
                                default -> { }
                                """,
                                "Text data = request.data();",
                                """
                                Text data = request.data();
                                while (data.text().equals("late")
                                        && System.getProperty("plug.late") == null) {
                                    Thread.interrupted();
                                    Thread.yield(); // it does not listen either
                                }
                                if (data.text().equals("late")) {
                                    System.setProperty("plug.back", "yes");
                                }
                                """),
                        Map.of());
        System.setProperty("plug.hang", "yes");
    }

    @AfterAll
    static void stop() throws Exception {
        System.clearProperty("plug.hang");
        container.close();
    }

    @BeforeEach
    void open() throws Exception {
        overseer = TestOverseer.open();
        overseer.has(plugin);
        overseer.plan(plugin);
        worker = new WorkerNode(overseer.worker(data), container.context(), recycled::add);
        worker.open();
        overseer.awaitApplied();
    }

    @AfterEach
    void close() {
        worker.close();
        overseer.close();
    }

    @Test
    void endsStagesThatTakeTooLongAndAsksForANewProcessWhenTwoDoNotEnd() throws Exception {
        warmUp();
        try (TestCoordinator group = group(3_000)) {
            group.items("{\"text\":\"block\"}", "{\"text\":\"good\"}", "{\"text\":\"hang\"}");
            group.read(3);

            ItemFault blocked = Objects.requireNonNull(group.faults.get(0L));
            assertEquals(ItemFault.Kind.DEADLINE, blocked.getKind());
            assertEquals("first", blocked.getStage());
            assertEquals("{\"text\":\"good!1.0.0\",\"times\":1}", group.result(1));
            ItemFault hung = Objects.requireNonNull(group.faults.get(2L));
            assertEquals(ItemFault.Kind.DEADLINE, hung.getKind());
            assertEquals(List.of(), recycled);

            group.items("{\"text\":\"hang\"}");
            group.read(4);
            Eventually.holds(
                    "asks for a new process",
                    () -> recycled.equals(List.of("worker w1: 2 stages hang (the last: first)")),
                    () -> recycled);
        }
    }

    @Test
    void endsAnItemThatTakesTooLongInAllItsStages() throws Exception {
        warmUp();
        try (TestCoordinator group = new TestCoordinator(worker.endpoint())) {
            group.itemDeadlineMs = 3_000;
            group.open(plugin.version(), OPEN);
            group.awaitOpened();
            group.items("{\"text\":\"block\"}", "{\"text\":\"good\"}");
            group.read(2);

            ItemFault blocked = Objects.requireNonNull(group.faults.get(0L));
            assertEquals(ItemFault.Kind.DEADLINE, blocked.getKind());
            assertEquals("{\"text\":\"good!1.0.0\",\"times\":1}", group.result(1));
        }
    }

    @Test
    void aGroupWithoutDeadlinesThatIsCancelledEndsThoughItsStagesDoNotListen() throws Exception {
        System.clearProperty("plug.hangs");
        try (TestCoordinator group = group(0)) {
            group.items("{\"text\":\"hang\"}", "{\"text\":\"hang\"}");
            Eventually.holds(
                    "both hang",
                    () -> Objects.equals(System.getProperties().get("plug.hangs"), 2),
                    () -> System.getProperties().get("plug.hangs"));
            group.cancel("enough");
            group.readToEnd();
            for (ItemFault fault : group.faults.values()) {
                assertEquals(ItemFault.Kind.CANCELLED, fault.getKind());
                assertTrue(fault.getAborted());
            }
            assertEquals(2, group.faults.size());
        }
        Eventually.holds(
                "nothing is left of it",
                () ->
                        overseer.heartbeat.getLoad().getGroups() == 0
                                && overseer.heartbeat.getLoad().getMemory().getReservedBytes() == 0,
                () -> overseer.heartbeat);
        assertEquals(List.of(), recycled, "they may just take long");
    }

    @Test
    void anItemThatRunsForLongWithoutADeadlineIsLoggedWithItsStackAndGoesOn() throws Exception {
        worker.close();
        overseer.applied = Applied.getDefaultInstance();
        worker = new WorkerNode(reporting(), container.context(), recycled::add);
        worker.open();
        overseer.awaitApplied();
        warmUp();
        PrintStream usual = System.err; // where the log goes
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try (TestCoordinator group = group(0)) {
            group.items("{\"text\":\"block\"}", "{\"text\":\"good\"}");
            group.read(1);
            assertEquals("{\"text\":\"good!1.0.0\",\"times\":1}", group.result(1));
            Eventually.holds(
                    "it is logged, with its stack",
                    () -> log.toString(StandardCharsets.UTF_8).contains("plug.Plug.first("),
                    () -> log.toString(StandardCharsets.UTF_8));
            String text = log.toString(StandardCharsets.UTF_8);
            assertTrue(text.contains("WARN"), text);
            assertTrue(text.contains(", and goes on; 1 ran so long until now; plug-1.0.0-"), text);
            assertEquals(Map.of(), group.faults);
            group.cancel("enough");
            group.readToEnd();
        } finally {
            System.setErr(usual);
        }
        assertEquals(List.of(), recycled);
    }

    private WorkerSettings reporting() {
        return WorkerSettings.read(
                Map.of(
                        "name", "w1",
                        "port", "0",
                        "overseers", overseer.endpoint().toString(),
                        "data", data.toString(),
                        "stuckReportMs", "1000"),
                2,
                new WorkerSettings.Heap(256 << 20, 0));
    }

    @Test
    void whatComesBackAfterItWasAnsweredIsNotChargedAnyMore() throws Exception {
        try (TestCoordinator group = group(100)) {
            group.items("{\"text\":\"late\",\"times\":1000}");
            group.read(1);
            assertEquals(
                    ItemFault.Kind.DEADLINE,
                    Objects.requireNonNull(group.faults.get(0L)).getKind());
            System.setProperty("plug.late", "over");
            Eventually.holds(
                    "it has come back", () -> System.getProperty("plug.back") != null, () -> "");
            for (int i = 2; i < 12; i++) { // what it was charged shows with the next answers
                group.items("{\"text\":\"good\"}");
                group.read(i);
            }
            Eventually.holds(
                    "nothing is reserved, nor less than nothing",
                    () -> overseer.heartbeat.getLoad().getMemory().getReservedBytes() == 0,
                    () -> overseer.heartbeat);
        } finally {
            System.clearProperty("plug.late");
            System.clearProperty("plug.back");
        }
    }

    @Test
    void refusesADeadlineThatIsNone() {
        CallException refused = assertThrows(CallException.class, () -> group(-1));
        assertEquals("deadlines: 0 and 4294967295 ms (expected: below 2^31)", refused.getMessage());
    }

    /// The first item of a version loads classes, and may take long on a busy machine.
    private void warmUp() throws Exception {
        try (TestCoordinator group = group(0)) {
            group.items("{\"text\":\"good\"}");
            group.finish();
        }
    }

    private TestCoordinator group(int stageDeadlineMs) throws Exception {
        TestCoordinator group = new TestCoordinator(worker.endpoint());
        group.stageDeadlineMs = stageDeadlineMs;
        group.open(plugin.version(), OPEN);
        group.awaitOpened();
        return group;
    }
}
