package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Stage;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.LongStream;

/// A request that ends alone is offered to the listener by the thread that finished it.
@Timeout(60)
class LoneOutcomeTest {

    private static final int MANY = 5_000;

    private final Pipelines<Integer, String> pipelines =
            Pipelines.of(
                            Machines.<Integer, String>single(request -> {
                                for (int i = 0; i < request.data(); i++) {
                                    Thread.onSpinWait();
                                }
                                return Stage.end();
                            }))
                    .parallelism(2)
                    .open();

    @AfterEach
    void close() {
        pipelines.close();
    }

    @Test
    void theThreadThatFinishesALoneRequestBringsIt() throws Exception {
        Taker taker = new Taker(sequence -> true);
        try (var group = open(taker, 8)) {
            for (int i = 0; i < 3; i++) {
                submitAlone(group, taker, i);
            }
        }
        assertEquals(List.of("alone 0", "alone 1", "alone 2", "end"), taker.calls);
        assertTrue(taker.thread.startsWith("pipeline-"), taker.thread);
    }

    @Test
    void oneThatTheListenerDoesNotTakeThereGoesToTheDeliveryThread() throws Exception {
        Taker taker = new Taker(sequence -> sequence != 1);
        try (var group = open(taker, 8)) {
            for (int i = 0; i < 3; i++) {
                submitAlone(group, taker, i);
            }
        }
        assertEquals(List.of("alone 0", "finished 1", "alone 2", "end"), taker.calls);
    }

    @Test
    void aListenerThatThrowsThereEndsItsGroupOnly() throws Exception {
        Taker bad =
                new Taker(sequence -> {
                    throw new IllegalStateException("bad listener");
                });
        Taker good = new Taker(sequence -> true);
        try (var group = open(bad, 8);
                var other = open(good, 8)) {
            awaitCourier(group);
            group.submit(0);
            Eventually.opens(bad.end);
            assertEquals(new Counts(1, 1, 0, 0), group.counts());
            for (int i = 0; i < 4; i++) { // both threads still work
                submitAlone(other, good, i);
            }
        }
        assertEquals(List.of("end"), bad.calls);
    }

    @Test
    void eachGoesToTheListenerOnceAndOneAtATime() throws Exception {
        Taker taker = new Taker(sequence -> sequence % 3 != 0);
        try (var group = open(taker, 64)) {
            submitFromTwoThreads(group);
        }
        assertEquals(MANY, taker.sequences.size());
        assertEquals(MANY, Set.copyOf(taker.sequences).size());
    }

    @Test
    void orderedOutcomesStayInOrder() throws Exception {
        Taker taker = new Taker(sequence -> sequence % 3 != 0);
        try (var group = pipelines.group("").ordered().window(64).listener(taker).open()) {
            submitFromTwoThreads(group);
        }
        assertEquals(LongStream.range(0, MANY).boxed().toList(), taker.sequences);
    }

    @Test
    void everyOfferIsEitherTakenOrFollowedByRoom() throws Exception {
        Semaphore room = new Semaphore(0);
        Taker taker = new Taker(sequence -> true);
        taker.onRoom = room::release;
        try (var group = open(taker, 1)) {
            for (int i = 0; i < MANY; i++) {
                while (group.offer(0) == Group.FULL) {
                    assertTrue(room.tryAcquire(10, TimeUnit.SECONDS), "room after refusal");
                }
            }
        }
        assertEquals(MANY, taker.sequences.size());
    }

    @Test
    void theEndIsAnnouncedWhenALoneRequestIsTheLast() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Taker taker = new Taker(sequence -> true);
        try (var gated =
                        Pipelines.of(
                                        Machines.<Integer, String>single(request -> {
                                            gate.await();
                                            return Stage.end();
                                        }))
                                .open();
                var group = gated.group("").listener(taker).open()) {
            group.submit(0);
            group.finish();
            awaitCourier(group);
            gate.countDown();
            Eventually.opens(taker.end);
        }
        assertEquals(List.of("alone 0", "end"), taker.calls);
    }

    @Test
    void itsOutcomeAgainstTheEndOfItsGroup() throws Exception {
        Race.run(
                Set.of("[end]", "[alone 0, end]", "[finished 0, end]"),
                () -> {
                    Taker taker = new Taker(sequence -> true);
                    var group = open(taker, 8);
                    return new Race.Round() {
                        @Override
                        public void first() throws Exception {
                            try {
                                group.submit(0);
                            } catch (GroupClosedException e) {
                                // the other one was first
                            }
                        }

                        @Override
                        public void second() {
                            group.finish();
                        }

                        @Override
                        public String outcome() throws Exception {
                            Eventually.opens(taker.end);
                            return taker.calls.toString();
                        }
                    };
                });
    }

    @Test
    void twoThatEndAtOnceInAnOrderedGroup() throws Exception {
        Race.run(
                Set.of("[0, 1]"),
                () -> {
                    Taker taker = new Taker(sequence -> true);
                    var group = pipelines.group("").ordered().listener(taker).open();
                    return new Race.Round() {
                        @Override
                        public void first() throws Exception {
                            group.submit(40);
                        }

                        @Override
                        public void second() throws Exception {
                            group.submit(0);
                        }

                        @Override
                        public String outcome() throws Exception {
                            Eventually.holds("both", () -> group.counts().delivered() == 2);
                            group.close();
                            return taker.sequences.toString();
                        }
                    };
                });
    }

    private Group<Integer, String> open(Taker taker, int window) {
        return pipelines.group("").window(window).listener(taker).open();
    }

    /// While the delivery thread waits.
    private static void submitAlone(Group<Integer, String> group, Taker taker, int number)
            throws InterruptedException {
        awaitCourier(group);
        group.submit(0);
        Eventually.holds("delivered", () -> group.counts().delivered() == number + 1);
        assertEquals(number + 1, taker.sequences.size());
    }

    private static void awaitCourier(Group<Integer, String> group) throws InterruptedException {
        Eventually.holds("its courier waits", () -> group.outlet().isAwaited());
    }

    private static void submitFromTwoThreads(Group<Integer, String> group) throws Exception {
        Thread other = Thread.ofVirtual().start(() -> submitHalf(group));
        submitHalf(group);
        Eventually.ends(other);
    }

    private static void submitHalf(Group<Integer, String> group) {
        try {
            for (int i = 0; i < MANY / 2; i++) {
                group.submit(i % 100);
                if (i % 7 == 0) {
                    Thread.yield(); // so that some end alone
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Notes what it is told, and that nobody else tells it something meanwhile.
    private static final class Taker implements GroupListener<Integer, String> {

        private final Predicate<Long> takesAlone;
        private final List<String> calls = new CopyOnWriteArrayList<>();
        private final List<Long> sequences = new ArrayList<>(); // by whoever has its turn
        private final AtomicBoolean inside = new AtomicBoolean();
        private final CountDownLatch end = new CountDownLatch(1);
        private volatile Runnable onRoom = () -> {};
        private volatile String thread = "";

        Taker(Predicate<Long> takesAlone) {
            this.takesAlone = takesAlone;
        }

        @Override
        public boolean onFinishedAlone(AttachedRequest<Integer, String> request) {
            enter();
            try {
                thread = Thread.currentThread().getName();
                if (!takesAlone.test(request.sequence())) {
                    return false;
                }
                note("alone ", request);
                return true;
            } finally {
                inside.set(false);
            }
        }

        @Override
        public void onFinished(List<? extends AttachedRequest<Integer, String>> requests) {
            enter();
            requests.forEach(request -> note("finished ", request));
            inside.set(false);
        }

        private void enter() {
            assertTrue(inside.compareAndSet(false, true), "two threads at once");
        }

        private void note(String how, AttachedRequest<Integer, String> request) {
            sequences.add(request.sequence());
            if (sequences.size() < 10) {
                calls.add(how + request.sequence());
            }
        }

        @Override
        public void onRoom() {
            onRoom.run();
        }

        @Override
        public void onEnd(Counts all) {
            calls.add("end");
            end.countDown();
        }
    }
}
