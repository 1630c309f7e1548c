package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Suspicion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.worker.memory.Marks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Suspects of several coordinators on one worker, on real connections.
@Timeout(40)
@SuppressWarnings("NullAway.Init")
class WorkerSuspectsTest {

    private static final String OPEN = "{\"suffix\":\"!\"}";
    private static final String BLOCK = "{\"text\":\"block\"}";
    private static final String SLOW = "{\"text\":\"slow\"}";
    private static final String QUICK = "{\"text\":\"a\"}";
    private static final String ANSWER = "{\"text\":\"a!1.0.0\",\"times\":";

    @TempDir static Path storage;
    @TempDir Path data;

    private static Container container;
    private static PluginJar plugin;

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
        System.getProperties().keySet().removeIf(key -> key.toString().startsWith("plug."));
        overseer = TestOverseer.open();
        overseer.has(plugin);
        overseer.plan(plugin);
    }

    @AfterEach
    void close() {
        worker.close();
        overseer.close();
    }

    private void open(Duration handBackAfter) throws Exception {
        WorkerSettings read = overseer.worker(data);
        WorkerSettings settings =
                new WorkerSettings(
                        read.node(),
                        read.plugin(),
                        read.trust(),
                        read.fetchTimeout(),
                        read.cacheBytes(),
                        read.part(),
                        read.memory(),
                        new Marks(
                                1,
                                0.9,
                                1,
                                Duration.ofMillis(500),
                                Duration.ofSeconds(10),
                                handBackAfter,
                                Duration.ofMinutes(1)),
                        Duration.ofSeconds(5));
        worker = new WorkerNode(settings, container.context(), why -> {});
        worker.open();
        overseer.awaitApplied();
    }

    @Test
    void takeTurnsAndWhatIsNoneRunsBeside() throws Exception {
        open(Duration.ofMinutes(1));
        try (TestCoordinator runs = group("c1", false);
                TestCoordinator leaves = group("c2", false);
                TestCoordinator waits = group("c2", true);
                TestCoordinator other = group("c3", false)) {
            runs.alone(3);
            runs.items(BLOCK);
            awaitNoted("blocked", 1);
            leaves.alone(3);
            leaves.items(BLOCK);
            awaitInFlight(2);
            waits.alone(3);
            waits.keyed(List.of(1L), List.of(SLOW));
            awaitInFlight(3);
            other.items(QUICK);
            other.read(1);
            leaves.close(); // it is cancelled
            awaitInFlight(2);
            assertEquals(1, OneWorker.noted("blocked"));
            assertEquals(0, OneWorker.noted("begun"));

            runs.cancel("enough");
            waits.read(1);
            assertEquals("{\"text\":\"slow!1.0.0\",\"times\":3}", waits.result(0));
            waits.redelivery(1);
            waits.keyed(List.of(1L), List.of(QUICK));
            waits.finish();
            assertEquals(ANSWER + "1}", waits.result(1));
        }
    }

    @Test
    void beginWhenTheOtherCoordinatorsHaveAnswered() throws Exception {
        open(Duration.ofMinutes(1));
        try (TestCoordinator group = group("c1", false);
                TestWatch own = new TestWatch(worker.endpoint(), "c1");
                TestWatch other = new TestWatch(worker.endpoint(), "c2")) {
            assertFalse(own.next().getOfAnother());
            Suspicion first = other.next();
            assertFalse(first.getOfAnother());
            assertEquals(group.incarnation, first.getIncarnation());
            other.answer(first);
            own.answer(first);
            group.alone(2);
            group.items(SLOW);
            Suspicion told = other.next();
            assertTrue(told.getOfAnother());
            assertEquals(0, OneWorker.noted("begun"));
            other.answer(told);
            group.read(1);
            assertEquals(1, OneWorker.noted("begun"));
            assertFalse(other.next().getOfAnother());
            try (TestCoordinator frozen = group("c2", false)) { // c1 has nothing to say, c2 nor
                frozen.alone(2);
                frozen.items(QUICK);
                frozen.finish(); // within 3 s or so
                assertEquals(ANSWER + "2}", frozen.result(0));
            }
        }
    }

    @Test
    void whatWaitsForItsTurnForLongGoesBackAlsoOfAKeyedGroup() throws Exception {
        open(Duration.ofMillis(300));
        try (TestCoordinator runs = group("c1", false);
                TestCoordinator two = group("c2", false);
                TestCoordinator keyed = group("c2", true)) {
            runs.alone(3);
            runs.items(BLOCK);
            awaitNoted("blocked", 1);
            two.alone(3);
            two.items(QUICK);
            two.readUntil(() -> two.handedBack.equals(List.of(0L)));
            keyed.alone(3);
            keyed.keyed(List.of(1L), List.of(QUICK));
            keyed.readUntil(() -> keyed.handedBack.equals(List.of(0L)));
            runs.cancel("enough");
            runs.finish();
            two.alone(4);
            two.items(QUICK);
            two.finish();
            assertEquals(ANSWER + "4}", two.result(1));
            keyed.alone(4);
            keyed.keyed(List.of(1L), List.of(QUICK));
            keyed.finish();
            assertEquals(ANSWER + "4}", keyed.result(1));
        }
    }

    @Test
    void whatWaitsWhenTheWorkerStopsGoesToOthers() throws Exception {
        open(Duration.ofMinutes(1));
        try (TestCoordinator runs = group("c1", false);
                TestCoordinator waits = group("c2", false);
                TestWatch watch = new TestWatch(worker.endpoint(), "c3")) {
            watch.answer(watch.next());
            runs.alone(3);
            runs.items(SLOW);
            watch.answer(watch.next());
            awaitNoted("begun", 1);
            waits.alone(3);
            waits.items(SLOW);
            awaitInFlight(2);
            worker.close();
            runs.read(1);
            assertThrows(CallException.class, waits::readToEnd);
            assertTrue(waits.stops);
            assertEquals(1, OneWorker.noted("begun"));
        }
    }

    private TestCoordinator group(String coordinator, boolean isKeyed) throws Exception {
        TestCoordinator group = new TestCoordinator(worker.endpoint());
        group.name = coordinator;
        group.keyed = isKeyed;
        group.open(plugin.version(), OPEN);
        group.awaitOpened();
        return group;
    }

    private static void awaitNoted(String what, int count) throws Exception {
        Eventually.holds(what, () -> OneWorker.noted(what) == count, () -> OneWorker.noted(what));
    }

    private void awaitInFlight(int items) throws Exception {
        Eventually.holds(
                items + " items are here",
                () -> overseer.heartbeat.getLoad().getItemsInFlight() == items,
                () -> overseer.heartbeat);
    }
}
