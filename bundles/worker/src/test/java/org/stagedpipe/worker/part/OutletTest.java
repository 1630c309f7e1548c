package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.worker.Eventually;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

@Timeout(20)
@SuppressWarnings("NullAway.Init")
class OutletTest {

    private static final int BYTES = 40_000; // three blocks, with what is around it
    private static final long ON_DISK = 3 * (16 << 10);

    @TempDir Path folder;

    private final List<Long> sent = new CopyOnWriteArrayList<>();
    private final List<CallException> lost = new CopyOnWriteArrayList<>();
    private final AtomicBoolean isReady = new AtomicBoolean();
    private final AtomicBoolean isShort = new AtomicBoolean(true);
    private final AtomicInteger asked = new AtomicInteger(); // whether memory is short
    private TestDisk spool;
    private Outlet outlet;

    private void open(long limitBytes) {
        spool = new TestDisk(folder, limitBytes);
        outlet =
                new Outlet(
                        new Peer(),
                        new Shelf(spool),
                        () -> {
                            asked.incrementAndGet();
                            return isShort.get();
                        },
                        lost::add,
                        Duration.ofMillis(1));
    }

    /// Until the sender has looked again and again whether it may go on.
    private void awaitTries() throws Exception {
        int before = asked.get();
        Eventually.holds("it tries on", () -> asked.get() >= before + 3, asked::get);
    }

    private void awaitUsed(long bytes) throws Exception {
        Eventually.holds(bytes + " in use", () -> spool.used() == bytes, spool::used);
    }

    private void awaitHanging() throws Exception {
        Eventually.holds("the disk hangs", spool::isHanging, spool::used);
    }

    private static WorkResponse message(long sequence) {
        ByteString data = ByteString.copyFrom(new byte[BYTES]);
        return WorkResponse.newBuilder()
                .setChunk(Chunk.newBuilder().setSequence(sequence).setData(data))
                .build();
    }

    private Thread sender(long... sequences) {
        return Thread.startVirtualThread(() -> {
            try {
                for (long sequence : sequences) {
                    outlet.send(message(sequence));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void takes() {
        isReady.set(true);
        outlet.ready();
    }

    @Test
    void whatIsNotTakenWhileMemoryIsShortGoesToTheDiskAndFromThereInItsOrder() throws Exception {
        open(1 << 20);
        sender(LongStream.range(0, 20).toArray()).join();
        assertEquals(List.of(), sent);
        assertEquals(20 * ON_DISK, spool.used());
        takes();
        outlet.drain();
        outlet.send(message(20));
        assertEquals(LongStream.rangeClosed(0, 20).boxed().toList(), sent);
        assertEquals(0, spool.used());
        assertEquals(List.of(), lost);
    }

    @Test
    void itWaitsWhileMemoryIsNotShort() throws Exception {
        open(1 << 20);
        isShort.set(false);
        Thread sender = sender(0, 1);
        awaitTries();
        assertTrue(sender.isAlive());
        assertEquals(0, spool.used());
        takes();
        sender.join();
        assertEquals(List.of(0L, 1L), sent);
    }

    @Test
    void whatFindsNoRoomOnTheDiskWaitsForItsTurn() throws Exception {
        open(2 * ON_DISK);
        Thread sender = sender(0, 1, 2, 3);
        awaitUsed(2 * ON_DISK);
        awaitTries();
        assertTrue(sender.isAlive());
        assertEquals(2 * ON_DISK, spool.used());
        takes();
        sender.join();
        outlet.drain();
        assertEquals(List.of(0L, 1L, 2L, 3L), sent);
    }

    @Test
    void aDiskThatCannotBeWrittenIsAsOneThatIsFull() throws Exception {
        Files.delete(folder);
        Files.createFile(folder);
        open(1 << 20);
        Thread sender = sender(0);
        awaitTries();
        assertTrue(sender.isAlive());
        takes();
        sender.join();
        assertEquals(0, spool.used());
        assertEquals(List.of(0L), sent);
    }

    @Test
    void whatCannotBeReadIsToldAsLost() throws Exception {
        open(1 << 20);
        sender(0, 1).join();
        spool.files.getFirst().truncate(ON_DISK);
        takes();
        Eventually.holds("it is told", () -> !lost.isEmpty(), () -> sent);
        assertEquals(List.of(0L), sent);
        assertEquals(CallException.Kind.UNREACHABLE, lost.getFirst().kind());
        assertEquals(
                "results cannot be read from the worker's disk; its log says why",
                lost.getFirst().getMessage());
        outlet.end();
        awaitUsed(0);
        assertEquals(1, lost.size());
    }

    @Test
    void whatThereIsNoMemoryToReadIsToldToo() throws Exception {
        open(1 << 20);
        sender(0).join();
        spool.hasNoMemoryFor("read");
        takes();
        Eventually.holds("it is told", () -> !lost.isEmpty(), () -> sent);
        assertEquals(List.of(), sent);
        outlet.end();
        awaitUsed(0);
    }

    @Test
    void anInterruptLosesWhatIsOnTheDisk() throws Exception {
        open(1 << 20);
        sender(0).join();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, outlet::drain);
        assertEquals(1, lost.size());
        takes();
        outlet.drain();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, outlet::drain);
        assertEquals(1, lost.size());
    }

    @Test
    void theEndOfTheStreamGivesAllBack() throws Exception {
        open(1 << 20);
        sender(0, 1, 2).join();
        outlet.end();
        outlet.drain();
        awaitUsed(0);
        takes();
        outlet.send(message(3));
        assertEquals(List.of(), sent);
        assertEquals(List.of(), lost);
    }

    /// Nor does it wait for one that opens or writes: this thread is the transport's.
    @ParameterizedTest
    @ValueSource(strings = {"open", "write"})
    void theEndWhileTheDiskHangsGivesAllBack(String hangsIn) throws Exception {
        open(1 << 20);
        spool.hangsIn(hangsIn);
        Thread sender = sender(0);
        awaitHanging();
        outlet.ready();
        outlet.end();
        assertTrue(sender.isAlive());
        spool.hangsIn("nothing");
        sender.join();
        awaitUsed(0);
        assertTrue(spool.isClosed());
        assertEquals(List.of(), lost);
    }

    @Test
    void theEndDoesNotWaitUntilTheDiskIsFree() throws Exception {
        open(1 << 20);
        sender(0).join();
        spool.hangsIn("close");
        outlet.end();
        awaitHanging();
        outlet.ready();
        assertEquals(ON_DISK, spool.used());
        spool.hangsIn("nothing");
        awaitUsed(0);
    }

    @Test
    void nobodyWaitsForTheDiskUntilItsLastResultHasLeft() throws Exception {
        open(1 << 20);
        sender(0).join();
        spool.hangsIn("close");
        takes();
        awaitHanging();
        outlet.ready();
        outlet.end();
        spool.hangsIn("nothing");
        awaitUsed(0);
        assertEquals(List.of(0L), sent);
    }

    @Test
    void aShelfUsesTheRoomOfWhatHasLeftAgain() throws Exception {
        spool = new TestDisk(folder, 2 * ON_DISK);
        try (Shelf shelf = new Shelf(spool)) {
            assertTrue(shelf.add(message(0)));
            for (long sequence = 1; sequence < 100; sequence++) {
                assertTrue(shelf.add(message(sequence)));
                assertFalse(shelf.add(message(sequence + 1)));
                assertEquals(message(sequence - 1), shelf.first());
                shelf.remove();
            }
            assertEquals(message(99), shelf.first());
            assertTrue(spool.files.getFirst().size() <= 2 * ON_DISK);
        }
        awaitUsed(0);
    }

    /// A file does not shrink.
    @Test
    void aShelfGivesTheDiskBackOnceItIsEmpty() throws Exception {
        spool = new TestDisk(folder, 1 << 20);
        try (Shelf shelf = new Shelf(spool)) {
            for (long sequence = 0; sequence < 3; sequence++) {
                assertTrue(shelf.add(message(sequence)));
            }
            shelf.remove();
            shelf.remove();
            assertEquals(3 * ON_DISK, spool.used());
            assertTrue(shelf.add(message(3)));
            assertEquals(3 * ON_DISK, spool.used());
            shelf.remove();
            shelf.remove();
            assertEquals(0, spool.used());
            assertTrue(spool.isClosed());
            assertTrue(shelf.add(message(4)));
            assertEquals(ON_DISK, spool.used());
        }
        awaitUsed(0);
    }

    /// Takes messages while it is ready.
    private final class Peer implements Call<WorkResponse> {

        @Override
        public boolean isReady() {
            return isReady.get();
        }

        @Override
        public void send(WorkResponse message) {
            sent.add(message.getChunk().getSequence());
        }

        @Override
        public void complete() {}

        @Override
        public void fail(CallException why) {}

        @Override
        public void request(int messages) {}
    }
}
