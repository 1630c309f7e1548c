package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupRequest;

import java.util.ArrayList;
import java.util.List;

/// Items with keys.
@Timeout(10)
class KeyedGroupTest {

    @Test
    void sendsTheKeyOfEachItemBesideIt() {
        ItemKeys keys = new ItemKeys();
        Outbox outbox = new Outbox(4, keys);
        keys.put(0, 7);
        keys.put(1, -9);
        keys.put(2, 7);
        outbox.add(0, new byte[1]);
        outbox.add(1, new byte[2]);
        outbox.add(2, new byte[9]);

        assertEquals(List.of(7L, -9L), next(outbox).getItems().getKeysList());
        for (int from = 0; from < 9; from += 4) {
            Chunk chunk = next(outbox).getChunk();
            assertEquals(7, chunk.getKey());
            assertEquals(from, chunk.getOffset());
        }
    }

    /// Its coordinator may refuse an item before it has all of it, and expects the rest all the same.
    @Test
    void sendsTheRestOfAnItemThatIsAnsweredAlready() {
        ItemKeys keys = new ItemKeys();
        Outbox outbox = new Outbox(4, keys);
        keys.put(0, 7);
        outbox.add(0, new byte[9]);
        assertEquals(7, next(outbox).getChunk().getKey());
        keys.forget(0);

        assertEquals(7, next(outbox).getChunk().getKey());
        assertEquals(8, next(outbox).getChunk().getOffset());
    }

    @Test
    void aTextHasTheSameNumberEverywhereAndNeverNone() {
        assertEquals(0xaf63dc4c8601ec8cL, ItemKeys.number("a"));
        assertEquals(0xcbf29ce484222325L, ItemKeys.number(""));
    }

    @Test
    void takesItemsWithKeysOnlyWhereThereAreSome() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group keyed = cluster.group().keyed().open();
                Group plain = cluster.group().open()) {
            assertEquals(0, keyed.submit(7, new byte[1]));
            assertEquals(1, keyed.submit("a", new byte[1]));
            assertThrows(IllegalArgumentException.class, () -> keyed.submit(new byte[1]));
            assertThrows(IllegalArgumentException.class, () -> keyed.submit(0, new byte[1]));
            assertThrows(IllegalArgumentException.class, () -> plain.submit(7, new byte[1]));
            keyed.finish();
            List<Outcome<byte[]>> outcomes = new ArrayList<>();
            while (keyed.takeAll(outcomes, 10) > 0) {
                continue; // to the end
            }
            assertEquals(2, outcomes.size());
        }
    }

    private static GroupRequest next(Outbox outbox) {
        Outbox.Load next = outbox.next();
        assertNotNull(next);
        return next.message();
    }
}
