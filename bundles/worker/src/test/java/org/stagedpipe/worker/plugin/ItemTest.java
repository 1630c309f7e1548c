package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;

/// What an item is charged, from the client's bytes to its result.
class ItemTest {

    private long charged = 3 * 100 + Item.OVERHEAD_BYTES;
    private final Item item =
            new Item(ByteString.copyFrom(new byte[100]), charged, more -> charged += more, 0);

    @Test
    void isOnlyItsResultOnceItHasOneHoweverSmall() {
        item.result(ByteString.copyFrom(new byte[10]));
        assertEquals(10 + Item.OVERHEAD_BYTES, charged);
        assertEquals(charged, item.settle());
    }

    @Test
    void isChargedMoreForAResultThatIsLarger() {
        item.result(ByteString.copyFrom(new byte[1_000]));
        assertEquals(1_000 + Item.OVERHEAD_BYTES, charged);
        assertEquals(charged, item.settle());
    }

    @Test
    void isSettledOnceThoughItsResultComesLater() {
        long settled = item.settle();
        assertEquals(charged, settled);
        item.result(ByteString.copyFrom(new byte[1_000]));
        assertEquals(settled, charged); // nobody would give more back
        assertEquals(0, item.settle());
    }
}
