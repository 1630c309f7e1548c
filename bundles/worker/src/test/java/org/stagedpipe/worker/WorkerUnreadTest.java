package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Memory;
import org.stagedpipe.worker.memory.Bounds;
import org.stagedpipe.worker.memory.Spool;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/// A worker with little memory whose coordinators do not read what it answers, on real connections.
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class WorkerUnreadTest {

    private static final String OPEN = "{\"suffix\":\"!\"}";
    private static final long BUDGET = 8 << 20;
    private static final int FRAMES = 60; // of 200 KB, each group's: more than a connection takes
    private static final String TEXT = "x".repeat(10_000);

    @TempDir static Path storage;
    @TempDir Path data;

    private static Container container;
    private static PluginJar plugin;

    private final List<TestCoordinator> unread = new ArrayList<>();
    private TestOverseer overseer;
    private WorkerNode worker;
    private Spool spool;

    @BeforeAll
    static void start() throws Exception {
        container = Container.open(storage);
        plugin = PluginJar.of("1.0.0");
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
        Bounds bounds = new Bounds(BUDGET, BUDGET, BUDGET);
        WorkerSettings settings = overseer.worker(data, bounds, overseer.worker(data).marks());
        spool = settings.part().spool();
        worker = new WorkerNode(settings, container.context(), why -> {});
        worker.open();
        overseer.awaitApplied();
    }

    @AfterEach
    void close() {
        unread.forEach(TestCoordinator::close);
        worker.close();
        overseer.close();
        assertEquals(List.of(), container.plugins());
    }

    private TestCoordinator group() throws Exception {
        return TestCoordinator.opened(worker.endpoint(), plugin.version(), OPEN);
    }

    private Memory memory() {
        return overseer.heartbeat.getLoad().getMemory();
    }

    /// A group that sends and does not read.
    private Future<?> unread() throws Exception {
        TestCoordinator group = group();
        unread.add(group);
        String[] frame = new String[20];
        Arrays.fill(frame, "{\"text\":\"" + TEXT + "\"}");
        FutureTask<@Nullable Void> sending =
                new FutureTask<>(() -> {
                    for (int i = 0; i < FRAMES; i++) {
                        group.items(frame);
                    }
                    return null;
                });
        Thread.startVirtualThread(sending);
        return sending;
    }

    @Test
    void groupsThatNobodyReadsSlowNoOther() throws Exception {
        List<Future<?>> senders = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            senders.add(unread());
        }
        Eventually.holds(
                "they have sent all, or have all of the memory",
                () ->
                        senders.stream().allMatch(Future::isDone)
                                || memory().getReservedBytes() > BUDGET * 9 / 10,
                () -> overseer.heartbeat);
        Eventually.holds("something is on the disk", () -> spool.used() > 0, spool::used);
        try (TestCoordinator other = group()) {
            for (int i = 0; i < 10; i++) {
                int all = i + 1;
                long begun = System.nanoTime();
                other.items("{\"text\":\"a\"}");
                other.readUntil(() -> other.results.size() == all);
                long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
                assertTrue(ms < 5_000, "item " + i + " took " + ms + " ms");
            }
        }
        for (TestCoordinator group : unread) {
            group.readUntil(() -> group.results.size() == 20 * FRAMES);
            group.finish();
            for (long item = 0; item < 20 * FRAMES; item++) {
                String expected = "{\"text\":\"" + TEXT + "!1.0.0\",\"times\":1}";
                assertEquals(expected, group.result(item));
            }
        }
        for (Future<?> sender : senders) {
            sender.get();
        }
        Eventually.holds("they give the disk back", () -> spool.used() == 0, spool::used);
    }
}
