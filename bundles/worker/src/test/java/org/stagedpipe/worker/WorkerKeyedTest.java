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
import org.stagedpipe.transport.CallException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Items of one key on a worker, on real connections: one after the other.
@Timeout(40)
@SuppressWarnings("NullAway.Init")
class WorkerKeyedTest {

    private static final String OPEN = "{\"suffix\":\"!\"}";

    @TempDir static Path storage;
    @TempDir Path data;

    private static Container container;
    private static PluginJar plugin;

    private TestOverseer overseer;
    private WorkerNode worker;

    @BeforeAll
    static void start() throws Exception {
        container = Container.open(storage);
        plugin =
                PluginJar.of(
                        "1.0.0",
                        Map.of(
                                "record Resources(String suffix) {}",
                                """
                                record Resources(String suffix) {}
                                static final java.util.Map<String, Integer> LAST =
                                        new java.util.concurrent.ConcurrentHashMap<>();
                                static final java.util.Set<String> BUSY =
                                        java.util.concurrent.ConcurrentHashMap.newKeySet();
                                """,
                                "default -> { }",
                                """
                                default -> {
                                    String[] words = request.data().text().split(":");
                                    int number = Integer.parseInt(words[1]);
                                    if (!BUSY.add(words[0])) {
                                        throw new IllegalStateException("two at a time");
                                    }
                                    Thread.sleep(number % 2);
                                    Integer before = LAST.put(words[0], number);
                                    BUSY.remove(words[0]);
                                    if (before != null && before >= number) {
                                        throw new IllegalStateException("after " + before);
                                    }
                                }
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
        worker = new WorkerNode(overseer.worker(data), container.context(), why -> {});
        worker.open();
        overseer.awaitApplied();
    }

    @AfterEach
    void close() {
        worker.close();
        overseer.close();
    }

    @Test
    void runsItemsOfOneKeyOneAfterTheOtherInTheirOrder() throws Exception {
        try (TestCoordinator group = group()) {
            for (int frame = 0; frame < 10; frame++) {
                List<Long> keys = new ArrayList<>();
                List<String> items = new ArrayList<>();
                for (int i = 0; i < 30; i++) {
                    long key = 1 + i % 3;
                    keys.add(key);
                    items.add("{\"text\":\"" + key + ":" + (frame * 30 + i) + "\"}");
                }
                group.keyed(keys, items);
            }
            group.finish();

            assertEquals(Map.of(), group.faults);
            assertEquals(300, group.results.size());
        }
    }

    @Test
    void answersThoseThatWaitForTheirKeyAsAbortedWhenTheGroupIsCancelled() throws Exception {
        try (TestCoordinator group = group()) {
            group.keyed(
                    List.of(1L, 1L, 1L, 2L),
                    List.of(
                            "{\"text\":\"block\"}",
                            "{\"text\":\"a:1\"}",
                            "{\"text\":\"a:2\"}",
                            "{\"text\":\"b:1\"}"));
            group.read(1);
            assertTrue(group.results.containsKey(3L), group.results.toString());
            group.cancel("enough");
            group.readToEnd();

            assertEquals(List.of(0L, 1L, 2L), List.copyOf(group.faults.keySet()));
            assertTrue(group.faults.values().stream().allMatch(fault -> fault.getAborted()));
        }
    }

    @Test
    void refusesItemsWithoutKeys() throws Exception {
        try (TestCoordinator group = group()) {
            group.items("{\"text\":\"a:1\"}");
            assertThrows(CallException.class, group::readToEnd);
        }
    }

    private TestCoordinator group() throws Exception {
        TestCoordinator group = new TestCoordinator(worker.endpoint());
        group.keyed = true;
        group.open(plugin.version(), OPEN);
        group.awaitOpened();
        return group;
    }
}
