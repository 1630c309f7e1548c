package org.stagedpipe.client;

import org.stagedpipe.protocol.v1.Interval;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongConsumer;

/// Which sequence the next item gets: first, ascending, those that a resume token calls open, then new ones. Not safe for
/// use by many threads.
final class Sequences {

    private final Deque<Interval> open = new ArrayDeque<>();
    private long next;

    /// From 0 on.
    Sequences() {}

    /// @param open below `next`, ascending
    /// @param next the first one that was never given out
    Sequences(Iterable<Interval> open, long next) {
        open.forEach(this.open::add);
        this.next = next;
    }

    /// Gives the next one out.
    long take() {
        Interval first = open.poll();
        if (first == null) {
            return next++;
        }
        if (first.getFirst() < first.getLast()) {
            open.addFirst(first.toBuilder().setFirst(first.getFirst() + 1).build());
        }
        return first.getFirst();
    }

    /// The first one that was never given out.
    long next() {
        return next;
    }

    /// Those below [#next] that the token calls open and that were not given out again.
    void forEachOpen(LongConsumer use) {
        for (Interval interval : open) {
            for (long at = interval.getFirst(); at <= interval.getLast(); at++) {
                use.accept(at);
            }
        }
    }
}
