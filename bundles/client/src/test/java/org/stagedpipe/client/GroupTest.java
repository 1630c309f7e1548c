package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;

@Timeout(20)
class GroupTest {

    @Test
    void handsEachOutcomeOverOnceAndCounts() throws Exception {
        int items = 20_000;
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().configuration("{}").client("test").open()) {
            Thread.startVirtualThread(() -> submitAll(group, items));

            Set<Long> seen = new HashSet<>();
            for (Outcome<byte[]> outcome : group) {
                assertEquals(true, seen.add(outcome.sequence()), () -> "twice: " + outcome);
                String text = text(outcome.sequence());
                switch (outcome) {
                    case Outcome.Ok<byte[]> ok -> assertEquals(text, new String(ok.data(), UTF_8));
                    case Outcome.Failed<byte[]>(long _, Fault fault) ->
                            assertEquals(
                                    new Fault(Fault.Kind.STAGE, "clean", 1, text, false), fault);
                    case Outcome.Aborted<byte[]> aborted -> throw new AssertionError(aborted);
                }
            }

            assertEquals(items, seen.size());
            assertEquals(new Counts(items, items - items / 100, items / 100, 0), group.counts());
            assertEquals("1.2.0", group.version());
            assertEquals("c1", group.coordinator());
        }
    }

    @Test
    void sendsAndReceivesBigItemsInChunks() throws Exception {
        byte[] big = new byte[Cluster.ITEM_BYTES];
        new Random(1).nextBytes(big);
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().open()) {
            group.submit(new byte[0]);
            group.submit(big);
            group.submit(new byte[Cluster.FRAME_BYTES]);
            group.finish();

            for (int expected : new int[] {0, big.length, Cluster.FRAME_BYTES}) {
                Outcome.Ok<?> ok = assertInstanceOf(Outcome.Ok.class, group.take());
                assertEquals(expected, ((byte[]) ok.data()).length);
                if (ok.sequence() == 1) {
                    assertArrayEquals(big, (byte[]) ok.data());
                }
            }
            assertNull(group.take());
        }
    }

    private static void submitAll(Group group, int items) {
        try {
            for (int i = 0; i < items; i++) {
                group.submit(text(i).getBytes(UTF_8));
            }
            group.finish();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Every hundredth is a fault.
    private static String text(long sequence) {
        return (sequence % 100 == 99 ? "!" : "") + "item " + sequence;
    }
}
