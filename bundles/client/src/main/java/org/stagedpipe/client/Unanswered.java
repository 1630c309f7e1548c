package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;

/// Items without an outcome, by sequence, without an object for each of them, since every item of a group passes here
/// twice. Not safe for use by many threads.
///
/// Each item has a slot, which it shares with those that are a multiple of the length older or younger. One that stays for
/// long gives it up to a younger one and goes to a map.
final class Unanswered {

    private static final int FIRST_SLOTS = 64;

    private final Map<Long, byte[]> old = new HashMap<>();
    private long[] sequences = new long[FIRST_SLOTS];
    private byte[] @Nullable [] items = new byte[FIRST_SLOTS][];
    private int young;

    int size() {
        return young + old.size();
    }

    /// Adds an item; its sequence is new.
    void put(long sequence, byte[] item) {
        if (old.size() > items.length / 4) {
            grow();
        }
        int slot = slot(sequence);
        byte[] older = items[slot];
        if (older == null) {
            young++;
        } else {
            old.put(sequences[slot], older);
        }
        sequences[slot] = sequence;
        items[slot] = item;
    }

    /// Takes an item out, null if it is not there.
    byte @Nullable [] remove(long sequence) {
        int slot = slot(sequence);
        byte[] item = items[slot];
        if (item == null || sequences[slot] != sequence) {
            return old.remove(sequence);
        }
        items[slot] = null;
        young--;
        return item;
    }

    /// All sequences, ascending.
    long[] sequences() {
        long[] all = new long[size()];
        int count = 0;
        for (int slot = 0; slot < items.length; slot++) {
            if (items[slot] != null) {
                all[count++] = sequences[slot];
            }
        }
        for (long sequence : old.keySet()) {
            all[count++] = sequence;
        }
        Arrays.sort(all);
        return all;
    }

    /// All of them, in ascending sequences.
    void forEach(BiConsumer<Long, byte[]> use) {
        for (long sequence : sequences()) {
            use.accept(sequence, get(sequence));
        }
    }

    private byte[] get(long sequence) {
        int slot = slot(sequence);
        byte[] item = sequences[slot] == sequence ? items[slot] : null;
        return item != null ? item : Objects.requireNonNull(old.get(sequence));
    }

    private int slot(long sequence) {
        return (int) sequence & (items.length - 1);
    }

    private void grow() {
        Map<Long, byte[]> all = new HashMap<>(old);
        for (int slot = 0; slot < items.length; slot++) {
            byte[] item = items[slot];
            if (item != null) {
                all.put(sequences[slot], item);
            }
        }
        old.clear();
        young = 0;
        sequences = new long[2 * items.length];
        items = new byte[sequences.length][];
        all.forEach(this::place);
    }

    private void place(long sequence, byte[] item) {
        int slot = slot(sequence);
        if (items[slot] == null) {
            sequences[slot] = sequence;
            items[slot] = item;
            young++;
        } else {
            old.put(sequence, item);
        }
    }
}
