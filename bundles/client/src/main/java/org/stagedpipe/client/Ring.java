package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/// A queue of things with a number each, without an object for the two: every item of a group passes two of them. Grows as
/// needed; its users bound it. Not safe for use by many threads.
final class Ring<T> {

    private static final int FIRST_PLACES = 64;

    // Their length is a power of two; the first thing is at head.
    private @Nullable Object[] things;
    private long[] numbers;
    private int head;
    private int size;

    Ring() {
        this(FIRST_PLACES);
    }

    private Ring(int places) {
        things = new Object[places];
        numbers = new long[places];
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void add(T thing, long number) {
        if (size == things.length) {
            grow();
        }
        int place = place(size++);
        things[place] = thing;
        numbers[place] = number;
    }

    /// @param index from 0, the first one
    @SuppressWarnings("unchecked") // add puts nothing else there
    T get(int index) {
        return (T) Objects.requireNonNull(things[place(Objects.checkIndex(index, size))]);
    }

    /// The number of a thing.
    long number(int index) {
        return numbers[place(Objects.checkIndex(index, size))];
    }

    /// The first so many leave, and are answered.
    Ring<T> split(int count) {
        Ring<T> first = new Ring<>(Integer.highestOneBit(Math.max(1, 2 * count - 1)));
        for (int i = 0; i < count; i++) {
            first.add(get(i), number(i));
        }
        remove(count);
        return first;
    }

    /// The first so many leave.
    void remove(int count) {
        for (int i = 0; i < count; i++) {
            things[place(i)] = null;
        }
        head = place(count);
        size -= count;
    }

    private int place(int index) {
        return (head + index) & (things.length - 1);
    }

    private void grow() {
        @Nullable Object[] more = new Object[2 * things.length];
        long[] moreNumbers = new long[2 * things.length];
        for (int i = 0; i < size; i++) {
            more[i] = things[place(i)];
            moreNumbers[i] = numbers[place(i)];
        }
        things = more;
        numbers = moreNumbers;
        head = 0;
    }
}
