package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.engine.GroupTest.next;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/// Runs of items that go in by one call behave as that many single submits.
@Timeout(20)
class BulkTest {

    private final CountDownLatch gate = new CountDownLatch(1);

    /// Requests with data 0 wait for the gate.
    private final Pipelines<Integer, String> pipelines =
            Pipelines.of(
                            Machines.<Integer, String>single(request -> {
                                if (request.data() == 0) {
                                    gate.await();
                                }
                                return Stage.end();
                            }))
                    .parallelism(2)
                    .open();

    @AfterEach
    void close() {
        gate.countDown();
        pipelines.close();
    }

    @Test
    void allGoInInTheirOrderWithNumbersThatFollowEachOther() throws Exception {
        try (var group = pipelines.group("").ordered().window(Integer.MAX_VALUE).open()) {
            assertEquals(0, group.submit(-1));
            group.submitAll(numbers(1, 1001));
            assertEquals(1001, group.submit(1001));
            assertEquals(new Outcome.Ok<>(0, -1), next(group));
            for (int i = 1; i <= 1001; i++) {
                assertEquals(new Outcome.Ok<>(i, i), next(group));
            }
            group.submitAll(List.of());
            assertEquals(1002, group.counts().accepted());
        }
    }

    @Test
    void offerAllTakesAsManyAsTheWindowHasRoomFor() throws Exception {
        try (var group = pipelines.group("").window(100).open()) {
            List<Integer> items = numbers(1, 301);
            assertEquals(100, group.offerAll(items, 0));
            assertEquals(0, group.offerAll(items, 100));
            for (int i = 1; i <= 100; i++) {
                next(group);
            }
            assertEquals(100, group.offerAll(items, 100));
            for (int i = 1; i <= 50; i++) {
                next(group);
            }
            assertEquals(50, group.offerAll(items, 200));
            assertEquals(0, group.offerAll(items, 300), "nothing is left");
            assertEquals(250, group.counts().accepted());
            assertThrows(IndexOutOfBoundsException.class, () -> group.offerAll(items, 301));
            assertThrows(IndexOutOfBoundsException.class, () -> group.offerAll(items, -1));
        }
    }

    @Test
    void offerAllTakesAsManyAsTheWindowHasBytesFor() throws Exception {
        try (var group = pipelines.group("").ordered().windowBytes(100, Request::data).open()) {
            List<Integer> items = List.of(200, 30, 30, 30, 20, 5, 10, 90);
            assertEquals(1, group.offerAll(items, 0), "a larger one goes alone");
            next(group);
            assertEquals(3, group.offerAll(items, 1), "and 20 are too many for the 10 bytes left");
            assertEquals(0, group.offerAll(items, 4));
            next(group);
            assertEquals(3, group.offerAll(items, 4));
            for (int i = 2; i < 7; i++) {
                next(group);
            }
            assertEquals(1, group.offerAll(items, 7));
        }
    }

    @Test
    void makesNoRequestThatFindsNoRoom() throws Exception {
        AtomicInteger made = new AtomicInteger();
        try (var keyed =
                        Pipelines.of(Machines.<Integer, String>mapping(x -> x))
                                .keyed(request -> made.incrementAndGet(), "work")
                                .open();
                var group = keyed.group("").window(10).open()) {
            assertEquals(10, group.offerAll(numbers(1, 1001), 0));
            assertEquals(10, made.get());
            assertEquals(0, group.offerAll(numbers(1, 1001), 10));
            assertEquals(10, made.get());
        }
    }

    @Test
    void makesNoRequestThatFindsNoRoomForItsBytes() throws Exception {
        AtomicInteger made = new AtomicInteger();
        try (var group =
                pipelines
                        .group("")
                        .windowBytes(
                                10,
                                request -> {
                                    made.incrementAndGet();
                                    return 20;
                                })
                        .open()) {
            assertEquals(0, group.offer(0), "alone, though it is too large");
            assertEquals(0, group.offerAll(numbers(1, 100), 0));
            assertEquals(1, made.get());
            gate.countDown();
        }
    }

    @Test
    void submitAllWaitsWhenTheWindowIsFullAndGoesOnWithRoom() throws Exception {
        try (var group = pipelines.group("").window(3).open()) {
            Thread submitter = Thread.ofVirtual().start(() -> submitAll(group, numbers(1, 9)));
            Eventually.holds("it waits", () -> submitter.getState() == Thread.State.WAITING);
            assertEquals(3, group.counts().accepted());
            next(group);
            Eventually.holds("one more is in", () -> group.counts().accepted() == 4);
            for (int i = 0; i < 7; i++) {
                next(group);
            }
            Eventually.ends(submitter);
            assertEquals(8, group.counts().accepted());
        }
    }

    @Test
    void anInterruptKeepsWhatIsInAndLeavesNoGap() throws Exception {
        try (var group = pipelines.group("").ordered().window(3).open()) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread submitter =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    group.submitAll(numbers(1, 9));
                                } catch (InterruptedException e) {
                                    thrown.set(e);
                                }
                            });
            Eventually.holds("it waits", () -> submitter.getState() == Thread.State.WAITING);
            submitter.interrupt();
            Eventually.ends(submitter);
            assertInstanceOf(InterruptedException.class, thrown.get());
            for (int i = 0; i < 3; i++) {
                assertEquals(new Outcome.Ok<>(i, i + 1), next(group));
            }
            assertEquals(3, group.submit(7), "a cancelled submit leaves no gap");
        }
    }

    @Test
    void finishAndCancelEndASubmitAllThatWaits() throws Exception {
        for (boolean cancel : List.of(false, true)) {
            try (var group = pipelines.group("").window(3).open()) {
                AtomicReference<Throwable> thrown = new AtomicReference<>();
                Thread submitter =
                        Thread.ofVirtual()
                                .start(() -> {
                                    try {
                                        group.submitAll(numbers(1, 9));
                                    } catch (GroupClosedException | InterruptedException e) {
                                        thrown.set(e);
                                    }
                                });
                Eventually.holds("it waits", () -> submitter.getState() == Thread.State.WAITING);
                if (cancel) {
                    group.cancel("enough");
                } else {
                    group.finish();
                }
                Eventually.ends(submitter);
                assertInstanceOf(GroupClosedException.class, thrown.get());
                for (int i = 0; i < 3; i++) {
                    next(group);
                }
                assertNull(group.take());
                assertThrows(GroupClosedException.class, () -> group.offerAll(numbers(1, 2), 0));
                assertThrows(GroupClosedException.class, () -> group.submitAll(numbers(1, 2)));
            }
        }
    }

    @Test
    void theDepthOfAKeyBoundsARunToo() throws Exception {
        try (var keyed =
                        Pipelines.of(
                                        Machines.<Integer, String>single(request -> {
                                            gate.await();
                                            return Stage.end();
                                        }))
                                .parallelism(8)
                                .keyed(Request::data, List.of("work"), 2, false)
                                .open();
                var group = keyed.group("").ordered().open()) {
            List<Integer> items = List.of(1, 1, 2, 1, 3);
            assertEquals(3, group.offerAll(items, 0), "the third 1 finds no room, 3 stays behind");
            assertEquals(0, group.offerAll(items, 3));
            Thread submitter =
                    Thread.ofVirtual().start(() -> submitAll(group, items.subList(3, 5)));
            Eventually.holds("it waits", () -> submitter.getState() == Thread.State.WAITING);
            assertEquals(1, keyed.stats().keys().admissionWaiters());
            gate.countDown();
            Eventually.ends(submitter);
            for (int i = 0; i < items.size(); i++) {
                assertEquals(new Outcome.Ok<>(i, items.get(i)), next(group));
            }
        }
    }

    @Test
    void keyedRunsKeepTheOrderOfEachKey() throws Exception {
        List<Integer> entered = new CopyOnWriteArrayList<>();
        try (var keyed =
                        Pipelines.of(
                                        Machines.<Integer, String>single(request -> {
                                            entered.add(request.data());
                                            return Stage.end();
                                        }))
                                .parallelism(3)
                                .keyed(request -> request.data() % 7, "work")
                                .open();
                var group = keyed.group("").window(1000).open()) {
            group.submitAll(numbers(0, 1000));
            for (int i = 0; i < 1000; i++) {
                next(group);
            }
        }
        for (int key = 0; key < 7; key++) {
            int of = key;
            assertEquals(
                    numbers(0, 1000).stream().filter(i -> i % 7 == of).toList(),
                    entered.stream().filter(i -> i % 7 == of).toList());
        }
    }

    @Test
    void whatCannotBeMadeEndsTheRunBeforeIt() throws Exception {
        try (var group =
                pipelines
                        .group("")
                        .windowBytes(1000, request -> request.data() == 3 ? -1 : 1)
                        .open()) {
            List<Integer> items = numbers(1, 6);
            assertEquals(2, group.offerAll(items, 0));
            assertThrows(IllegalArgumentException.class, () -> group.offerAll(items, 2));
            assertEquals(2, group.offerAll(items, 3));
            assertThrows(IllegalArgumentException.class, () -> group.submitAll(items));
            assertEquals(6, group.counts().accepted(), "the two before it once more");
        }
    }

    @Test
    void aKeyThatThrowsEndsTheRunBeforeItAndTheGroupGoesOn() throws Exception {
        record Key(int number) {

            @Override
            public boolean equals(Object other) {
                if (number == 3) {
                    throw new IllegalStateException("no comparison with 3");
                }
                return other instanceof Key key && key.number == number;
            }

            @Override
            public int hashCode() {
                return 1;
            }
        }
        try (var keyed =
                        Pipelines.of(
                                        Machines.<Integer, String>single(request -> {
                                            gate.await();
                                            return Stage.end();
                                        }))
                                .keyed(request -> new Key(request.data()), "work")
                                .open();
                var group = keyed.group("").ordered().open()) {
            List<Integer> items = List.of(3, 1, 2, 4);
            assertEquals(1, group.offerAll(items, 0), "there is nothing to compare it with");
            assertThrows(IllegalStateException.class, () -> group.offerAll(items, 1));
            gate.countDown();
            assertEquals(new Outcome.Ok<>(0, 3), next(group));
            assertEquals(3, group.offerAll(items, 1));
            for (int i = 1; i < 4; i++) {
                assertEquals(new Outcome.Ok<>(i, items.get(i)), next(group));
            }
        }
    }

    @Test
    void aLoneItemOfARunIsNotHeldUpByASlowOne() throws Exception {
        try (var group = pipelines.group("").open()) {
            group.submitAll(List.of(0, 1, 2, 3));
            List<Integer> through = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                through.add(PipelinesTest.ok(next(group)));
            }
            assertEquals(List.of(1, 2, 3), through.stream().sorted().toList());
            gate.countDown();
            assertEquals(0, PipelinesTest.ok(next(group)));
        }
    }

    @Test
    void aHostsBatchHasNumbersAndAttachmentsOfItsOwn() throws Exception {
        List<Integer> asked = new ArrayList<>();
        AtomicInteger rooms = new AtomicInteger();
        List<String> ended = new CopyOnWriteArrayList<>();
        Batch batch = new Numbered(asked);
        try (var hosted =
                Pipelines.of(Machines.<String, String>mapping(x -> x + "!"))
                        .hooks(
                                new Hooks<>() {
                                    @Override
                                    public void enter(AttachedRequest<String, String> request) {
                                        request.data("" + request.attachment());
                                    }
                                })
                        .open()) {
            var group =
                    hosted.group("")
                            .window(4)
                            .listener(
                                    new GroupListener<>() {
                                        @Override
                                        public void onFinished(
                                                List<? extends AttachedRequest<String, String>>
                                                        requests) {
                                            await(gate);
                                            requests.forEach(request ->
                                                    ended.add(
                                                            request.sequence()
                                                                    + " "
                                                                    + request.attempt()
                                                                    + " "
                                                                    + request.data()));
                                        }

                                        @Override
                                        public void onRoom() {
                                            rooms.incrementAndGet();
                                        }
                                    })
                            .open();
            assertEquals(4, group.offerAll(batch, 2));
            assertEquals(List.of(2, 3, 4, 5), asked);
            gate.countDown();
            Eventually.holds("it is told of room", () -> rooms.get() > 0);
            int next = 6;
            while (next < 10) {
                next += group.offerAll(batch, next);
            }
            group.close();
            assertTrue(ended.contains("42 3 a2!"), ended::toString);
            assertEquals(8, ended.size());
        }
    }

    /// Ten items with the sequences 40 to 49, for the third time.
    private record Numbered(List<Integer> asked) implements Batch {

        @Override
        public int size() {
            return 10;
        }

        @Override
        public long sequence(int index) {
            return 40 + index;
        }

        @Override
        public int attempt(int index) {
            return 3;
        }

        @Override
        public Object attachment(int index) {
            asked.add(index);
            return "a" + index;
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            Eventually.opens(latch);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<Integer> numbers(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    private static void submitAll(Group<Integer, String> group, List<Integer> items) {
        try {
            group.submitAll(items);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
