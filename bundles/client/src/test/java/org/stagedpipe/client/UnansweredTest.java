package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

import java.util.Random;
import java.util.TreeMap;

/// Items without an outcome.
final class UnansweredTest {

    @Test
    void answersAsAMapDoes() {
        Unanswered unanswered = new Unanswered();
        TreeMap<Long, byte[]> expected = new TreeMap<>();
        Random random = new Random(4);
        long next = 0;
        for (int i = 0; i < 20_000; i++) {
            if (random.nextInt(200) >= expected.size() || random.nextInt(3) == 0) {
                byte[] item = new byte[0];
                unanswered.put(next, item);
                expected.put(next++, item);
            } else {
                // mostly young ones: old ones stay, and the sequences meet them again and again
                long sequence = next - 1 - Math.min(next - 1, random.nextInt(400));
                assertSame(expected.remove(sequence), unanswered.remove(sequence));
            }
            assertEquals(expected.size(), unanswered.size());
        }
        assertArrayEquals(
                expected.keySet().stream().mapToLong(Long::longValue).toArray(),
                unanswered.sequences());
        for (long sequence : unanswered.sequences()) {
            assertSame(expected.get(sequence), unanswered.remove(sequence));
            assertNull(unanswered.remove(sequence));
        }
        assertEquals(0, unanswered.size());
    }
}
