package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Suspicion;
import org.stagedpipe.transport.CallException;

import java.util.List;

/// Suspects of several coordinators on one worker, on real connections.
@Timeout(40)
class WorkerSuspectsTest extends OneWorker {

    private static final String BLOCK = "{\"text\":\"block\"}";
    private static final String SLOW = "{\"text\":\"slow\"}";
    private static final String QUICK = "{\"text\":\"a\"}";
    private static final String ANSWER = "{\"text\":\"a!1.0.0\",\"times\":";

    private void open(int handsBackAfterMs) throws Exception {
        worker.close();
        handBackAfterMs = handsBackAfterMs;
        worker = worker();
        overseer.plan(one);
        overseer.awaitApplied();
    }

    @Test
    void takeTurnsAndWhatIsNoneRunsBeside() throws Exception {
        open(60_000);
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
            assertEquals(1, noted("blocked"));
            assertEquals(0, noted("begun"));

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
        open(60_000);
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
            assertEquals(0, noted("begun"));
            other.answer(told);
            group.read(1);
            assertEquals(1, noted("begun"));
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
        open(300);
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
        open(60_000);
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
            assertEquals(1, noted("begun"));
        }
    }

    private TestCoordinator group(String coordinator, boolean isKeyed) throws Exception {
        TestCoordinator group = new TestCoordinator(worker.endpoint());
        group.name = coordinator;
        group.keyed = isKeyed;
        group.open(one.version(), OPEN);
        group.awaitOpened();
        return group;
    }

    private static void awaitNoted(String what, int count) throws Exception {
        Eventually.holds(what, () -> noted(what) == count, () -> noted(what));
    }

    private void awaitInFlight(int items) throws Exception {
        Eventually.holds(
                items + " items are here",
                () -> overseer.heartbeat.getLoad().getItemsInFlight() == items,
                () -> overseer.heartbeat);
    }
}
