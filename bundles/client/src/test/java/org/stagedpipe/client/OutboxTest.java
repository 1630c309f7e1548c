package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.Items;

import java.util.List;

class OutboxTest {

    @Test
    void collectsSmallItemsUpToTheFramesBytes() {
        Outbox outbox = new Outbox(10);
        outbox.add(0, new byte[] {1, 2, 3, 4});
        outbox.add(1, new byte[0]);
        outbox.add(2, new byte[] {5, 6, 7, 8, 9, 10});
        outbox.add(3, new byte[] {11});

        Items first = next(outbox).getItems();
        assertEquals(List.of(0L, 1L, 2L), first.getSequencesList());
        assertEquals(List.of(4, 0, 6), first.getSizesList());
        for (int i = 0; i < 10; i++) {
            assertEquals(i + 1, first.getBody().byteAt(i));
        }
        assertEquals(List.of(3L), next(outbox).getItems().getSequencesList());
        assertNull(outbox.next());
        assertTrue(outbox.isEmpty());
    }

    @Test
    void collectsAtMostSoManyItems() {
        Outbox outbox = new Outbox(1 << 20);
        for (int i = 0; i < 300; i++) {
            outbox.add(i, new byte[1]);
        }

        assertTrue(outbox.isFull());
        assertEquals(256, next(outbox).getItems().getSequencesCount());
        assertFalse(outbox.isFull());
        Items rest = next(outbox).getItems();
        assertEquals(256, rest.getSequences(0));
        assertEquals(44, rest.getSequencesCount());
    }

    @Test
    void cutsABigItemIntoChunksBetweenTheFrames() {
        Outbox outbox = new Outbox(1 << 20);
        int size = (1 << 20) + 1;
        outbox.add(7, new byte[1]);
        outbox.add(8, new byte[size]);
        outbox.add(9, new byte[1]);

        assertEquals(List.of(7L), next(outbox).getItems().getSequencesList());
        long offset = 0;
        for (int part : new int[] {256 << 10, 256 << 10, 256 << 10, 256 << 10, 1}) {
            Chunk chunk = next(outbox).getChunk();
            assertEquals(8, chunk.getSequence());
            assertEquals(size, chunk.getSize());
            assertEquals(offset, chunk.getOffset());
            assertEquals(part, chunk.getData().size());
            offset += part;
        }
        assertEquals(List.of(9L), next(outbox).getItems().getSequencesList());
    }

    @Test
    void keepsChunksWithinAFrameThatIsSmallerThanAChunk() {
        Outbox outbox = new Outbox(4);
        outbox.add(0, new byte[5]);

        assertEquals(4, next(outbox).getChunk().getData().size());
        assertEquals(1, next(outbox).getChunk().getData().size());
    }

    @Test
    void forgetsTheRestOfABigItem() {
        Outbox outbox = new Outbox(4);
        outbox.add(0, new byte[9]);
        next(outbox);
        outbox.clear();
        assertNull(outbox.next());

        outbox.add(1, new byte[9]);
        assertEquals(0, next(outbox).getChunk().getOffset());
    }

    private static GroupRequest next(Outbox outbox) {
        Outbox.Load next = outbox.next();
        assertNotNull(next);
        return next.message();
    }
}
