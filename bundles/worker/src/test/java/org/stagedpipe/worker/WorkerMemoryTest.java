package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Memory;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.worker.memory.Bounds;
import org.stagedpipe.worker.memory.Guard;
import org.stagedpipe.worker.memory.Marks;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

import javax.management.NotificationEmitter;
import javax.management.NotificationListener;

/// A worker whose memory is short, on real connections.
@Timeout(40)
@SuppressWarnings("NullAway.Init")
class WorkerMemoryTest {

    private static final String OPEN = "{\"suffix\":\"!\"}";
    private static final int CHUNK = 262_144;

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
    }

    @AfterEach
    void close() {
        worker.close();
        overseer.close();
        assertEquals(List.of(), container.plugins());
    }

    private void start(Bounds bounds, Marks marks) throws Exception {
        WorkerSettings settings = overseer.worker(data, bounds, marks);
        worker = new WorkerNode(settings, container.context(), recycled::add);
        worker.open();
        overseer.awaitApplied();
    }

    private TestCoordinator group() throws Exception {
        return TestCoordinator.opened(worker.endpoint(), plugin.version(), OPEN);
    }

    private TestCoordinator keyedGroup() throws Exception {
        TestCoordinator group = new TestCoordinator(worker.endpoint());
        group.keyed = true;
        group.open(plugin.version(), OPEN);
        group.awaitOpened();
        return group;
    }

    /// Any heap is above these.
    private static Marks alwaysFull(Duration recycleAfter) {
        return new Marks(
                2e-6,
                1e-6,
                1,
                Duration.ofMillis(500),
                Duration.ofSeconds(10),
                Duration.ofMillis(300),
                recycleAfter);
    }

    private static Marks neverFull(Duration handBackAfter) {
        return new Marks(
                1,
                0.9,
                1,
                Duration.ofMillis(500),
                Duration.ofSeconds(10),
                handBackAfter,
                Duration.ofMinutes(1));
    }

    private void awaitPause() throws Exception {
        Guard.liveBytes(); // a collection: from now on the gauge shows something
        Eventually.holds("paused", () -> memory().getPaused(), () -> overseer.heartbeat);
    }

    /// Until everybody who listens was told of it.
    private static void collect() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        NotificationListener listener = (notification, handback) -> told.countDown();
        for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
            ((NotificationEmitter) bean).addNotificationListener(listener, null, null);
        }
        Guard.liveBytes();
        assertTrue(told.await(10, TimeUnit.SECONDS), "a collection");
        for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
            ((NotificationEmitter) bean).removeNotificationListener(listener);
        }
    }

    private Memory memory() {
        return overseer.heartbeat.getLoad().getMemory();
    }

    @Test
    void aPausedWorkerTakesNothingAndGivesBackWhatItHasNotStarted() throws Exception {
        collect(); // so that the next collection is the one that the test asks for
        start(new Bounds(1 << 20, 1 << 20, 1 << 20), alwaysFull(Duration.ofMinutes(1)));
        try (TestCoordinator group = group()) {
            group.items("{\"text\":\"block\"}");
            Eventually.holds(
                    "runs",
                    () -> overseer.heartbeat.getLoad().getItemsInFlight() == 1,
                    () -> overseer.heartbeat);
            awaitPause();
            group.readUntil(() -> group.capacity == 0);
            group.items("{\"text\":\"a\"}", "{\"text\":\"b\"}"); // it had been asked for
            group.readUntil(() -> group.handedBack.size() == 2);
            assertEquals(List.of(1L, 2L), group.handedBack);
            assertTrue(memory().getReason().startsWith("heap after collection at "));
            assertTrue(memory().getSinceMs() > System.currentTimeMillis() - 60_000);
            assertTrue(memory().getReservedBytes() > 0);
            assertEquals(1 << 20, memory().getBudgetBytes());
            assertEquals(List.of(), recycled);
        }
        Eventually.holds( // the end of the call is seen although nothing is read
                "the running item is cancelled",
                () -> memory().getReservedBytes() == 0,
                () -> overseer.heartbeat);
    }

    @Test
    void whatLiesUnreadInALongPauseGoesBackToo() throws Exception {
        collect();
        start(new Bounds(1 << 20, 1 << 20, 1 << 20), alwaysFull(Duration.ofMinutes(1)));
        ByteString big = ByteString.copyFromUtf8(" ".repeat(CHUNK));
        try (TestCoordinator group = group()) {
            awaitPause();
            group.readUntil(() -> group.capacity == 0);
            for (int frame = 0; frame < 5; frame++) { // only the first one had been asked for
                group.items("{\"text\":\"a\"}", "{\"text\":\"b\"}");
            }
            group.chunk(2 * CHUNK, 0, big);
            group.chunk(2 * CHUNK, CHUNK, big);
            group.readUntil(() -> group.handedBack.size() == 11);
            assertEquals(
                    LongStream.rangeClosed(0, 10).boxed().toList(),
                    group.handedBack.stream().sorted().toList());
        }
        assertEquals(0, memory().getReservedBytes());
    }

    @Test
    void ofAKeyedGroupNothingGoesBackAndWhatIsHalfThereIsReadToItsEnd() throws Exception {
        collect();
        start(new Bounds(1 << 20, 1 << 20, 1 << 20), alwaysFull(Duration.ofMinutes(1)));
        ByteString item = ByteString.copyFromUtf8("{\"text\":\"a\"}");
        try (TestCoordinator keyed = keyedGroup();
                TestCoordinator other = group()) {
            keyed.chunk(item.size(), 0, item.substring(0, 4));
            Eventually.holds(
                    "it is reserved",
                    () -> memory().getReservedBytes() > 0,
                    () -> overseer.heartbeat);
            awaitPause();
            for (int round = 1; round <= 2; round++) { // each part has had its turn then
                int all = round;
                other.items("{\"text\":\"a\"}");
                other.readUntil(() -> other.handedBack.size() == all);
            }
            keyed.chunk(item.size(), 4, item.substring(4, 8)); // it had been asked for
            keyed.chunk(item.size(), 8, item.substring(8));
            keyed.read(1);
            assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", keyed.result(0));
            assertEquals(0, keyed.capacity); // still paused
            assertEquals(List.of(), keyed.handedBack);
        }
    }

    @Test
    void ofAKeyedGroupNothingOvertakesWhatWaitsForMemoryForLong() throws Exception {
        start(new Bounds(1_000, 1_000, 1_000), neverFull(Duration.ofMillis(300)));
        try (TestCoordinator one = group();
                TestCoordinator keyed = keyedGroup();
                TestCoordinator other = group()) {
            one.items("{\"text\":\"block\"}");
            Eventually.holds(
                    "runs",
                    () -> overseer.heartbeat.getLoad().getItemsInFlight() == 1,
                    () -> overseer.heartbeat);
            String large = "{\"text\":\"" + "x".repeat(300) + "\"}";
            keyed.keyed(List.of(1L), List.of(large));
            keyed.keyed(List.of(1L), List.of("{\"text\":\"a\"}"));
            Eventually.holds(
                    "waits",
                    () -> overseer.heartbeat.getLoad().getItemsInFlight() == 2,
                    () -> overseer.heartbeat);
            for (int round = 1; round <= 2; round++) { // later in line, and goes back
                int all = round;
                other.items(large);
                other.readUntil(() -> other.handedBack.size() == all);
            }
            one.cancel("enough");
            one.finish();
            keyed.finish();
            assertEquals(List.of(), keyed.handedBack);
            assertTrue(keyed.result(0).endsWith("x!1.0.0\",\"times\":1}"), keyed.result(0));
            assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", keyed.result(1));
        }
    }

    @Test
    void aGroupThatOpensMeanwhileIsTold() throws Exception {
        start(new Bounds(1 << 20, 1 << 20, 1 << 20), alwaysFull(Duration.ofMinutes(1)));
        awaitPause();
        try (TestCoordinator group = group()) {
            group.readUntil(() -> group.capacity == 0);
        }
    }

    @Test
    void aWorkerThatIsFullWithoutWorkAsksToBeStartedAnew() throws Exception {
        start(new Bounds(1 << 20, 1 << 20, 1 << 20), alwaysFull(Duration.ofMillis(500)));
        awaitPause();
        Eventually.holds("asked", () -> recycled.size() == 1, () -> recycled);
        assertTrue(recycled.getFirst().startsWith("worker w1: memory is lost"));
    }

    @Test
    void bigItemsBeyondTheBudgetTakeTurns() throws Exception {
        start(new Bounds(1_000, 1_000, 1_000), neverFull(Duration.ofMinutes(1)));
        ByteString item =
                ByteString.copyFromUtf8("{\"text\":\"" + "x".repeat(3 * CHUNK - 100) + "\"}");
        List<TestCoordinator> groups = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            groups.add(group());
        }
        for (int at = 0; at < item.size(); at += CHUNK) { // all at once, piece by piece
            for (TestCoordinator group : groups) {
                group.chunk(item.size(), at, item.substring(at, Math.min(at + CHUNK, item.size())));
            }
        }
        for (TestCoordinator group : groups) {
            group.finish();
            assertTrue(group.result(0).endsWith("x!1.0.0\",\"times\":1}"), group.result(0));
            group.close();
        }
        Eventually.holds(
                "all is given back",
                () -> memory().getReservedBytes() == 0,
                () -> overseer.heartbeat);
    }

    @Test
    void whatWaitsForMemoryForLongGoesBackAndTheRestOfItsChunksIsDropped() throws Exception {
        start(new Bounds(1_000, 1_000, 1_000), neverFull(Duration.ofMillis(300)));
        try (TestCoordinator one = group();
                TestCoordinator two = group()) {
            one.items("{\"text\":\"block\"}");
            Eventually.holds(
                    "runs",
                    () -> overseer.heartbeat.getLoad().getItemsInFlight() == 1,
                    () -> overseer.heartbeat);
            ByteString big = ByteString.copyFromUtf8(" ".repeat(CHUNK));
            two.chunk(2 * CHUNK, 0, big);
            two.readUntil(() -> two.handedBack.size() == 1);
            assertEquals(List.of(0L), two.handedBack);
            assertEquals(-1, two.capacity); // the worker is not paused
            one.cancel("enough");
            one.finish();
            two.chunk(2 * CHUNK, CHUNK, big);
            two.items("{\"text\":\"a\"}");
            two.finish();
            assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", two.result(0));
        }
        assertFalse(memory().getPaused());
    }

    @Test
    void aGroupThatNobodyReadsKeepsNoMoreThanItsResults() throws Exception {
        start(new Bounds(32 << 20, 32 << 20, 32 << 20), neverFull(Duration.ofMinutes(1)));
        String[] frame = new String[100];
        Arrays.fill(frame, "{\"text\":\"" + "x".repeat(1_000) + "\"}");
        try (TestCoordinator group = group()) {
            Thread sender = Thread.startVirtualThread(() -> send(group, frame, 80));
            Eventually.holds(
                    "4,096 items of 1 KiB are in the engine, not three times that is reserved",
                    () ->
                            overseer.heartbeat.getLoad().getItemsInFlight() >= 4_096
                                    && memory().getReservedBytes() < 6 << 20,
                    () -> overseer.heartbeat);
            group.close();
            sender.join();
        }
    }

    private static void send(TestCoordinator group, String[] frame, int times) {
        try {
            for (int i = 0; i < times; i++) {
                group.items(frame);
            }
        } catch (Exception e) {
            // the worker takes no more, and the test has closed it
        }
    }

    @Test
    void theFactorOfTheBundleCounts() throws Exception {
        PluginJar greedy =
                PluginJar.of("2.0.0", Map.of(), Map.of("Stagedpipe-Memory-Factor", "50"));
        PluginJar wrong = PluginJar.of("3.0.0", Map.of(), Map.of("Stagedpipe-Memory-Factor", "0"));
        overseer.has(greedy);
        overseer.has(wrong);
        start(new Bounds(1 << 20, 1 << 20, 1 << 20), neverFull(Duration.ofMinutes(1)));
        try (TestCoordinator group =
                TestCoordinator.opened(worker.endpoint(), greedy.version(), OPEN)) {
            group.items("{\"text\":\"block\"}");
            Eventually.holds(
                    "16 bytes are reserved 50 times",
                    () -> memory().getReservedBytes() == 16 * 50 + 128,
                    () -> overseer.heartbeat);
        }
        CallException refused =
                assertThrows(
                        CallException.class,
                        () -> TestCoordinator.opened(worker.endpoint(), wrong.version(), OPEN));
        assertTrue(
                refused.getMessage()
                        .contains(
                                "manifest header Stagedpipe-Memory-Factor: 0 (expected: a whole"
                                        + " number from 1 to 100)"),
                refused.getMessage());
    }
}
