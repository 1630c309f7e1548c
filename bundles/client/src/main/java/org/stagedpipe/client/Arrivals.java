package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;

import java.util.Collection;
import java.util.function.LongConsumer;

/// Outcomes that wait to be taken, and the messages that are not asked for meanwhile. Not safe for use by many threads.
final class Arrivals {

    /// Messages asked for and not yet here; more are asked for only while little waits to be taken.
    static final int PREFETCH = 4;

    private static final int ENOUGH_ITEMS = 1_024;
    private static final long ENOUGH_BYTES = 4L << 20;
    private static final int FIRST_PLACES = 64;

    // A ring, whose length is a power of two; the first outcome is at head.
    private @Nullable Outcome<byte[]>[] outcomes = ring(FIRST_PLACES);
    private int[] itemBytes = new int[FIRST_PLACES];
    private int head;
    private int size;
    private long bytes;
    private int owed; // messages to ask for once there is room

    boolean isEmpty() {
        return size == 0;
    }

    /// @param itemSize of its item, whose part of the window it frees
    void add(Outcome<byte[]> next, int itemSize) {
        if (size == outcomes.length) {
            grow();
        }
        int place = place(size++);
        outcomes[place] = next;
        itemBytes[place] = itemSize;
        bytes += resultBytes(next);
    }

    /// Hands over what is here, at most that many, and frees their part of the window. Answers how many.
    int take(Collection<? super Outcome<byte[]>> into, int most, InFlight window) {
        int count = Math.min(most, size);
        long freed = 0;
        for (int i = 0; i < count; i++) {
            Outcome<byte[]> next = outcomes[head];
            outcomes[head] = null;
            freed += itemBytes[head];
            if (next != null) {
                bytes -= resultBytes(next);
                into.add(next);
            }
            head = place(1);
        }
        size -= count;
        window.leave(count, freed);
        return count;
    }

    void forEachSequence(LongConsumer use) {
        for (int i = 0; i < size; i++) {
            Outcome<byte[]> next = outcomes[place(i)];
            if (next != null) {
                use.accept(next.sequence());
            }
        }
    }

    /// A message has come: whether the next one may be asked for now.
    boolean mayAsk() {
        boolean may = !hasEnough();
        owed += may ? 0 : 1;
        return may;
    }

    /// How many messages to ask for now that some were taken.
    int due() {
        int more = hasEnough() ? 0 : owed;
        owed -= more;
        return more;
    }

    /// Another line asks for its own messages.
    void forgetOwed() {
        owed = 0;
    }

    private boolean hasEnough() {
        return size >= ENOUGH_ITEMS || bytes >= ENOUGH_BYTES;
    }

    private static int resultBytes(Outcome<byte[]> outcome) {
        return outcome instanceof Outcome.Ok<byte[]>(long _, byte[] data) ? data.length : 0;
    }

    private int place(int index) {
        return (head + index) & (outcomes.length - 1);
    }

    private void grow() {
        @Nullable Outcome<byte[]>[] more = ring(2 * outcomes.length);
        int[] moreBytes = new int[2 * outcomes.length];
        for (int i = 0; i < size; i++) {
            more[i] = outcomes[place(i)];
            moreBytes[i] = itemBytes[place(i)];
        }
        outcomes = more;
        itemBytes = moreBytes;
        head = 0;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of generic types
    private static @Nullable Outcome<byte[]>[] ring(int places) {
        return new Outcome[places];
    }
}
