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
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.transport.CallException;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/// What plugins throw that is no exception of theirs: errors of the virtual machine, and kinds of faults that others use.
@Timeout(40)
@SuppressWarnings("NullAway.Init")
class WorkerFailureTest {

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
                                "/*OPEN*/",
                                """
                                if (config.suffix().equals("error")) {
                                    throw new java.util.ServiceConfigurationError("no driver");
                                }
                                """,
                                "default -> { }",
                                """
                                case "system" -> throw new FaultException(
                                        Fault.Kind.SYSTEM, "the database is down", true);
                                case "memory" -> throw new OutOfMemoryError("no thread");
                                default -> { }
                                """),
                        Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
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
    void aFaultOfTheOperatorsIsItsItemsAnswer() throws Exception {
        try (TestCoordinator group = group("!")) {
            group.items("{\"text\":\"system\"}", "{\"text\":\"good\"}");
            group.read(2);
            ItemFault fault = Objects.requireNonNull(group.faults.get(0L));
            assertEquals(ItemFault.Kind.SYSTEM, fault.getKind());
            assertEquals("the database is down", fault.getText());
            assertEquals("{\"text\":\"good!1.0.0\",\"times\":1}", group.result(1));
            assertEquals(List.of(), recycled);
        }
    }

    @Test
    void memoryThatRanOutEndsThePartAndAsksForANewProcess() throws Exception {
        try (TestCoordinator group = group("!")) {
            group.items("{\"text\":\"memory\"}");
            CallException lost = assertThrows(CallException.class, () -> group.read(1));
            assertEquals(CallException.Kind.UNREACHABLE, lost.kind());
            Eventually.holds(
                    "asks for a new process",
                    () ->
                            recycled.equals(
                                    List.of(
                                            "worker w1: a stage threw OutOfMemoryError: no"
                                                    + " thread")),
                    () -> recycled);
        }
    }

    @Test
    void anErrorOfItsOpenRefusesTheGroup() {
        CallException refused = assertThrows(CallException.class, () -> group("error"));
        assertEquals(CallException.Kind.REFUSED, refused.kind());
        assertTrue(
                String.valueOf(refused.getMessage())
                        .endsWith("ServiceConfigurationError: no driver"),
                refused.getMessage());
    }

    private TestCoordinator group(String suffix) throws Exception {
        TestCoordinator group = new TestCoordinator(worker.endpoint());
        group.open(plugin.version(), "{\"suffix\":\"" + suffix + "\"}");
        group.awaitOpened();
        return group;
    }
}
