package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;

class BucketsTest {

    @Test
    void eachBucketEndsWhereTheProtocolSays() {
        for (long us = 0; us < 5_000_000; us += 1 + us / 100) {
            int bucket = Buckets.of(us);
            assertTrue(us < 16 * Math.pow(2, bucket / 4.0) * 1.000001 || bucket == 95, us + " us");
            assertTrue(bucket == 0 || us >= 16 * Math.pow(2, (bucket - 1) / 4.0) * 0.999999);
        }
        assertEquals(95, Buckets.of(Long.MAX_VALUE));
    }

    @Test
    void zerosAtTheEndAreLeftOut() {
        Buckets buckets = new Buckets();
        assertEquals(List.of(), buckets.list());
        buckets.add(3, 2);
        buckets.add(33, 1);
        buckets.add(34, 1);
        assertEquals(List.of(2L, 0L, 0L, 0L, 0L, 2L), buckets.list());
    }
}
