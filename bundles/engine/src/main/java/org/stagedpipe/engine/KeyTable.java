package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

/// Where the last request of each key is. For one thread at a time.
///
/// A hash table with open addressing. An entry is one word, the position of a request and a part of its key's hash:
///
/// ```
///   bit  63  62..40  39..0
///         1  hash    position
/// ```
///
/// An entry is never taken out when its request leaves the pipelines, so that only submitters write here; it is stale
/// then, is used again for its key, and goes when the table is made anew. Since entries are numbers, a store costs the
/// collector nothing and a stale entry keeps nothing alive.
final class KeyTable<D, R> {

    private static final int FEWEST = 8;
    private static final int MOST = 1 << 30;

    /// Places for each key at work, half of them at least: with many, keys find their stale entries again and the table is
    /// seldom made anew.
    private static final int SPARE = 32;

    private static final int POSITION_BITS = 40;
    private static final long POSITION = (1L << POSITION_BITS) - 1;

    private final Positions<D, R> positions;
    private long[] entries = new long[FEWEST];
    private int used;

    /// The position written last: all others are at most the table's length behind it, far less than [#POSITION].
    private long newest;

    KeyTable(Positions<D, R> positions) {
        this.positions = positions;
    }

    /// Makes room for one more. All requests that were put have to be in their segments.
    void makeRoom() {
        if (used >= entries.length / 4 * 3) {
            renew();
        }
    }

    /// The place of the request's key, to be used before the next call of [#put] or [#makeRoom].
    int place(KeyedRequest<D, R> request) {
        long mark = mark(request.hash());
        int free = -1;
        int place = request.hash() & entries.length - 1;
        for (long entry = entries[place]; entry != 0; entry = entries[place]) {
            if ((entry & ~POSITION) == mark) {
                KeyedRequest<D, R> found = request(entry);
                if (found == null) {
                    free = free < 0 ? place : free;
                } else if (found.hasKeyOf(request)) {
                    return place;
                }
            }
            place = place + 1 & entries.length - 1;
        }
        return free < 0 ? place : free;
    }

    /// The last request of the key at that place, null if it is over.
    @Nullable KeyedRequest<D, R> last(int place) {
        return entries[place] == 0 ? null : request(entries[place]);
    }

    /// Makes the request the last one of its key.
    void put(int place, KeyedRequest<D, R> request) {
        if (entries[place] == 0) {
            used++;
        }
        newest = Math.max(newest, request.position);
        entries[place] = entry(request);
    }

    private static long entry(KeyedRequest<?, ?> request) {
        return mark(request.hash()) | request.position & POSITION;
    }

    /// Makes the one before the last one of their key, which leaves the pipelines. Found by its position: to compare keys is the
    /// author's code, which may throw, and this is not the submitter's thread.
    void replace(KeyedRequest<D, R> last, KeyedRequest<D, R> before) {
        long entry = entry(last);
        int place = last.hash() & entries.length - 1;
        while (entries[place] != entry && entries[place] != 0) {
            place = place + 1 & entries.length - 1;
        }
        put(place, before);
    }

    /// Leaves the stale ones out. Most of the table is free afterwards, so this costs each entry little.
    private void renew() {
        long[] old = entries;
        int live = size(0, old.length);
        long length = (long) Integer.highestOneBit(live) * SPARE;
        long[] made = new long[(int) Math.clamp(length, FEWEST, MOST)]; // or there is no memory
        used = 0;
        for (long entry : old) {
            KeyedRequest<D, R> last = entry == 0 ? null : request(entry);
            if (last != null) {
                insert(made, entry, last.hash());
                used++;
            }
        }
        entries = made;
    }

    private static void insert(long[] into, long entry, int hash) {
        int place = hash & into.length - 1;
        while (into[place] != 0) {
            place = place + 1 & into.length - 1;
        }
        into[place] = entry;
    }

    private @Nullable KeyedRequest<D, R> request(long entry) {
        long position = newest - (newest - entry & POSITION);
        KeyedRequest<D, R> found = positions.find(position);
        return found == null || found.isOver() ? null : found;
    }

    private static long mark(int hash) {
        return Long.MIN_VALUE | (long) hash << POSITION_BITS - 9 & ~POSITION;
    }

    /// How many keys of those places have requests in the pipelines.
    int size(int from, int to) {
        int size = 0;
        for (int i = from; i < to; i++) {
            size += entries[i] != 0 && request(entries[i]) != null ? 1 : 0;
        }
        return size;
    }

    int length() {
        return entries.length;
    }
}
