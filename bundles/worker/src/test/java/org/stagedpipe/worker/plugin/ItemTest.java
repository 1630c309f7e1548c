package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;

/// What an item is charged, from the client's bytes to its result.
class ItemTest {

    private long charged = 3 * 1_000 + Item.OVERHEAD_BYTES;
    private final Item item =
            new Item(ByteString.copyFrom(new byte[1_000]), charged, more -> charged += more, 0);

    @Test
    void isOnlyItsResultOnceItHasOne() {
        item.result(ByteString.copyFrom(new byte[10]));
        assertEquals(10 + Item.OVERHEAD_BYTES, charged);
        assertEquals(charged, item.settle());
    }

    @Test
    void keepsTheLittleThatItDoesNotNeedUntilItIsAnswered() {
        ByteString result = ByteString.copyFrom(new byte[2_500]);
        item.result(result);
        assertEquals(3 * 1_000 + Item.OVERHEAD_BYTES, charged);
        assertEquals(result, item.result());
        assertEquals(charged, item.settle());
    }

    @Test
    void isChargedMoreForAResultThatIsLarger() {
        item.result(ByteString.copyFrom(new byte[3_001]));
        assertEquals(3_001 + Item.OVERHEAD_BYTES, charged);
        assertEquals(charged, item.settle());
    }

    @Test
    void isSettledOnceThoughItsResultComesLater() {
        long settled = item.settle();
        assertEquals(charged, settled);
        for (int bytes : new int[] {10, 1_000, 5_000}) {
            item.result(ByteString.copyFrom(new byte[bytes]));
            assertEquals(settled, charged); // nobody would give more back
            assertEquals(0, item.settle());
        }
    }
}
