package org.stagedpipe.client;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// The keys of the items of a keyed group that have no outcome yet. Not safe for use by many threads.
final class ItemKeys {

    private final Map<Long, Long> keys = new HashMap<>(); // by sequence

    void put(long sequence, long key) {
        keys.put(sequence, key);
    }

    long of(long sequence) {
        Long key = keys.get(sequence);
        if (key == null) {
            throw new IllegalStateException("item " + sequence + ": no key");
        }
        return key;
    }

    void forget(long sequence) {
        keys.remove(sequence);
    }

    /// The number of a text; the same in every process. Two texts may have one number, which only keeps more items in order.
    static long number(String key) {
        long number = 0xcbf29ce484222325L; // FNV-1a
        for (byte next : key.getBytes(StandardCharsets.UTF_8)) {
            number = (number ^ (next & 0xff)) * 0x100000001b3L;
        }
        return number == 0 ? 1 : number;
    }
}
