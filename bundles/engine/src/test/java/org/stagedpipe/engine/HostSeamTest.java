package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.FaultException;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// What a host relies on that carries bytes for others: attachments, hooks, pushed outcomes, offers that never wait.
@Timeout(20)
class HostSeamTest {

    private final StateMachine<String, String> machine =
            Machines.single(request -> {
                if (request.data().equals("throw")) {
                    throw new IllegalStateException("stage");
                }
                request.data(request.data() + "!");
                return Stage.end();
            });

    private final Recorder recorder = new Recorder();

    @Test
    void hooksDecodeAndEncodeOnThePipelinesThread() throws Exception {
        try (var pipelines = Pipelines.of(machine).hooks(new Codec()).open();
                var group = pipelines.group("").listener(recorder).open()) {
            assertTrue(group.offer(70, 3, "text"));
            group.finish();
            Eventually.opens(recorder.end);
        }
        assertEquals(Map.of(70L, "TEXT!"), recorder.attachments);
        assertTrue(recorder.thread.startsWith("courier-"), recorder.thread);
    }

    @Test
    void whatHooksThrowIsThatRequestsFault() throws Exception {
        try (var pipelines = Pipelines.of(machine).hooks(new Codec()).open();
                var group = pipelines.group("").listener(recorder).open()) {
            group.submit(1, 2, "undecodable");
            group.submit(2, 2, "setup");
            group.submit(3, 2, "throw");
            group.submit(4, 2, "unencodable");
            group.submit(5, 2, "too large");
            group.submit(6, 2, "fine");
            group.finish();
            Eventually.opens(recorder.end);
        }
        assertEquals(
                Map.of(
                        1L, new Fault(Fault.Kind.BAD_DATA, null, 2, "not a text", false),
                        2L, new Fault(Fault.Kind.STAGE, null, 2, "Exception: setup", false),
                        3L,
                                new Fault(
                                        Fault.Kind.STAGE,
                                        "work",
                                        2,
                                        "IllegalStateException: stage",
                                        false),
                        4L,
                                new Fault(
                                        Fault.Kind.BAD_RESULT,
                                        "work",
                                        2,
                                        "IllegalStateException: leave",
                                        false),
                        5L, new Fault(Fault.Kind.TOO_LARGE, "work", 2, "101 MiB", false)),
                recorder.faults);
        assertEquals(new Counts(6, 1, 5, 0), recorder.counts.get());
    }

    @Test
    void anOfferIsRefusedWhenFullAndRoomIsAnnounced() throws Exception {
        recorder.block();
        try (var pipelines = Pipelines.of(machine).hooks(new Codec()).open();
                var group = pipelines.group("").window(2).listener(recorder).open()) {
            assertTrue(group.offer(0, 1, "a"));
            assertTrue(group.offer(1, 1, "b"));
            assertFalse(group.offer(2, 1, "c"));
            assertEquals(0, recorder.rooms.get());
            recorder.unblock();
            Eventually.holds("room", () -> recorder.rooms.get() > 0);
            Eventually.holds("room is there", () -> group.offer(2, 1, "c"));
            group.finish();
            Eventually.opens(recorder.end);
            assertEquals(new Counts(3, 3, 0, 0), recorder.counts.get());
        }
    }

    @Test
    void everyOfferIsEitherTakenOrFollowedByRoom() throws Exception {
        Semaphore room = new Semaphore(0);
        recorder.onRoom = room::release;
        try (var pipelines = Pipelines.of(machine).hooks(new Codec()).parallelism(2).open();
                var group = pipelines.group("").window(3).listener(recorder).open()) {
            for (int i = 0; i < 20_000; i++) {
                while (!group.offer(i, 1, "x")) {
                    assertTrue(room.tryAcquire(10, TimeUnit.SECONDS), "room after refusal");
                }
            }
            group.finish();
            Eventually.opens(recorder.end);
        }
        assertEquals(new Counts(20_000, 20_000, 0, 0), recorder.counts.get());
        assertEquals(20_000, recorder.attachments.size());
    }

    @Test
    void aListenerThatBlocksHoldsUpNoOtherGroup() throws Exception {
        recorder.block();
        Recorder other = new Recorder();
        try (var pipelines = Pipelines.of(machine).hooks(new Codec()).open();
                var blocked = pipelines.group("").window(2).listener(recorder).open();
                var free = pipelines.group("").window(2).listener(other).open()) {
            blocked.submit(0, 1, "a");
            blocked.submit(1, 1, "a");
            for (int i = 0; i < 100; i++) {
                free.submit(i, 1, "b");
            }
            free.finish();
            Eventually.opens(other.end);
            assertEquals(100, other.attachments.size());
            recorder.unblock();
        }
    }

    @Test
    void theEndIsAnnouncedOnceAfterTheLastOutcomeAlsoOfAnEmptyGroup() throws Exception {
        try (var pipelines = Pipelines.of(machine).open()) {
            var group = pipelines.group("").listener(recorder).open();
            AtomicReference<@Nullable Counts> ended = new AtomicReference<>();
            group.ended().thenAccept(ended::set);
            group.finish();
            group.finish();
            group.close();
            assertEquals(new Counts(0, 0, 0, 0), recorder.counts.get());
            assertEquals(new Counts(0, 0, 0, 0), ended.get());
            assertEquals(1, recorder.ends.get());
        }
    }

    @Test
    void aCancelledGroupDeliversAllItAccepted() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        StateMachine<String, String> stuck =
                Machines.single(request -> {
                    inside.countDown();
                    new CountDownLatch(1).await();
                    return Stage.end();
                });
        try (var pipelines = Pipelines.of(stuck).hooks(new Codec()).open();
                var group = pipelines.group("").listener(recorder).open()) {
            for (int i = 0; i < 500; i++) {
                group.submit(i, 1, "x");
            }
            Eventually.opens(inside);
            group.cancel("client went away");
            Eventually.opens(recorder.end);
            assertEquals(new Counts(500, 0, 0, 500), recorder.counts.get());
            assertEquals(500, recorder.faults.size());
        }
    }

    @Test
    void aListenerThatThrowsEndsItsGroup() throws Exception {
        endsItsGroup(
                () -> {
                    throw new IllegalStateException("bad listener");
                },
                "its listener threw IllegalStateException: bad listener");
    }

    @Test
    void aListenerWithABrokenClassEndsItsGroup() throws Exception {
        endsItsGroup(
                () -> {
                    throw new NoClassDefFoundError("gone");
                },
                "its listener threw NoClassDefFoundError: gone");
    }

    @Test
    void aListenerThatOverflowsTheStackEndsItsGroup() throws Exception {
        endsItsGroup(
                () -> {
                    throw new StackOverflowError("deep");
                },
                "its listener threw StackOverflowError: deep");
    }

    @Test
    void aListenerWithoutMemoryEndsItsGroup() throws Exception {
        endsItsGroup(
                () -> {
                    throw new OutOfMemoryError("no more");
                },
                "its listener threw OutOfMemoryError: no more");
    }

    @Test
    void aListenerThatThrowsAtTheNewsOfRoomEndsItsGroup() throws Exception {
        recorder.block();
        recorder.onRoom =
                () -> {
                    throw new IllegalStateException("no room for news");
                };
        try (var pipelines = Pipelines.of(machine).hooks(new Codec()).open();
                var group = pipelines.group("").window(1).listener(recorder).open()) {
            assertTrue(group.offer(0, 1, "a"));
            assertFalse(group.offer(1, 1, "b"));
            recorder.unblock();
            Eventually.opens(recorder.end);
            assertEquals(new Counts(1, 1, 0, 0), recorder.counts.get());
        }
    }

    private void endsItsGroup(Runnable onFinished, String reason) throws Exception {
        recorder.onFinished = onFinished;
        try (var pipelines = Pipelines.of(machine).hooks(new Codec()).open();
                var group = pipelines.group("").listener(recorder).open()) {
            group.submit(0, 1, "x");
            Eventually.opens(recorder.end);
            var refused = assertThrows(GroupClosedException.class, () -> group.submit(1, 1, "x"));
            assertTrue(String.valueOf(refused.getMessage()).contains(reason), refused.getMessage());
        }
    }

    @Test
    void outcomesOfAListenersGroupCannotBeTaken() {
        try (var pipelines = Pipelines.of(machine).open();
                var group = pipelines.group("").listener(recorder).open()) {
            assertThrows(IllegalStateException.class, group::take);
            assertThrows(IllegalStateException.class, group::poll);
            assertThrows(IllegalStateException.class, group::publisher);
        }
    }

    @Test
    void finishedRequestsCanBePolledWithTheirAttachments() throws Exception {
        try (var pipelines = Pipelines.of(machine).hooks(new Codec()).open();
                var group = pipelines.group("").open()) {
            List<@Nullable Object> attachments = new ArrayList<>();
            assertEquals(0, group.drain(done -> attachments.add(done.attachment()), 10));
            group.submit(9, 1, "text");
            assertEquals(1, group.drainOrWait(done -> attachments.add(done.attachment()), 10));
            assertEquals(List.of("TEXT!"), attachments);
            group.finish();
            assertEquals(0, group.drainOrWait(done -> attachments.add("more"), 10));
        }
    }

    /// Decodes texts to lower case and encodes them in upper case.
    private static final class Codec implements Hooks<String, String> {

        @Override
        public void enter(AttachedRequest<String, String> request) throws Exception {
            String bytes = String.valueOf(request.attachment());
            if (bytes.equals("undecodable")) {
                throw new FaultException(Fault.Kind.BAD_DATA, "not a text", false);
            }
            if (bytes.equals("setup")) {
                throw new Exception("setup");
            }
            request.data(bytes);
        }

        @Override
        public void leave(AttachedRequest<String, String> request) throws Exception {
            if (request.data().startsWith("unencodable")) {
                throw new IllegalStateException("leave");
            }
            if (request.data().startsWith("too large")) {
                throw new FaultException(Fault.Kind.TOO_LARGE, "101 MiB", false);
            }
            request.attachment(request.data().toUpperCase(Locale.ROOT));
        }
    }

    /// Notes what it is told.
    private static final class Recorder implements GroupListener<String, String> {

        private final Map<Long, Object> attachments = new TreeMap<>();
        private final Map<Long, Fault> faults = new TreeMap<>();
        private final AtomicInteger rooms = new AtomicInteger();
        private final AtomicInteger ends = new AtomicInteger();
        private final CountDownLatch end = new CountDownLatch(1);
        private final AtomicReference<@Nullable Counts> counts = new AtomicReference<>();
        private volatile CountDownLatch gate = new CountDownLatch(0);
        private volatile Runnable onRoom = () -> {};
        private volatile Runnable onFinished = () -> {};
        private volatile String thread = "";

        void block() {
            gate = new CountDownLatch(1);
        }

        void unblock() {
            gate.countDown();
        }

        @Override
        public void onFinished(List<? extends AttachedRequest<String, String>> requests) {
            thread = Thread.currentThread().getName();
            try {
                Eventually.opens(gate);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            onFinished.run();
            for (var request : requests) {
                Fault fault = request.fault();
                Object attachment = request.attachment();
                if (fault != null) {
                    faults.put(request.sequence(), fault);
                } else if (attachment != null) {
                    attachments.put(request.sequence(), attachment);
                }
            }
        }

        @Override
        public void onRoom() {
            rooms.incrementAndGet();
            onRoom.run();
        }

        @Override
        public void onEnd(Counts all) {
            counts.set(all);
            ends.incrementAndGet();
            end.countDown();
        }
    }
}
