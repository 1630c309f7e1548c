package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Whose parts get the streams that are left.
final class StreamsShareTest {

    private final Streams streams = new Streams(20);

    @Test
    void hasFurtherPartsUpToHalfOfIt() {
        Streams.Share ann = streams.share(40);
        ann.add(2);
        take(ann, 4);
        assertFalse(ann.tryTake(), "half of eight");
        ann.give();
        ann.add(3);
        assertFalse(ann.tryTake(), "all eight");
        ann.take(); // in any case
        assertEquals(9, ann.open());
        Streams.Share bob = streams.share(100);
        take(bob, 6);
        assertFalse(bob.tryTake(), "half of all");
        assertEquals(15, streams.open());
    }

    private static void take(Streams.Share share, int count) {
        for (int i = 0; i < count; i++) {
            assertTrue(share.tryTake());
        }
    }
}
