package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.worker.memory.Spool;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
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
    private Spool spool;
    private Outlet outlet;

    private void open(long limitBytes) {
        spool = new Spool(folder, limitBytes);
        outlet = new Outlet(new Peer(), new Shelf(spool), isShort::get, lost::add);
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
        assertFalse(sender.join(Duration.ofMillis(600)));
        assertEquals(0, spool.used());
        takes();
        sender.join();
        assertEquals(List.of(0L, 1L), sent);
    }

    @Test
    void whatFindsNoRoomOnTheDiskWaitsForItsTurn() throws Exception {
        open(2 * ON_DISK);
        Thread sender = sender(0, 1, 2, 3);
        assertFalse(sender.join(Duration.ofMillis(800)));
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
        assertFalse(sender.join(Duration.ofMillis(600)));
        assertEquals(0, spool.used());
        takes();
        sender.join();
        assertEquals(List.of(0L), sent);
    }

    @Test
    void theEndOfTheStreamGivesAllBack() throws Exception {
        open(1 << 20);
        sender(0, 1, 2).join();
        outlet.end();
        outlet.drain();
        assertEquals(0, spool.used());
        takes();
        outlet.send(message(3));
        assertEquals(List.of(), sent);
        assertEquals(List.of(), lost);
    }

    @Test
    void aShelfUsesTheRoomOfWhatHasLeftAgain() throws Exception {
        spool = new Spool(folder, 2 * ON_DISK);
        try (Shelf shelf = new Shelf(spool)) {
            assertTrue(shelf.add(message(0)));
            for (long sequence = 1; sequence < 100; sequence++) {
                assertTrue(shelf.add(message(sequence)));
                assertFalse(shelf.add(message(sequence + 1)));
                assertEquals(message(sequence - 1), shelf.first());
                shelf.remove();
            }
            assertEquals(message(99), shelf.first());
        }
        assertEquals(0, spool.used());
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
