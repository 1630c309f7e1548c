package org.stagedpipe.client;

import org.stagedpipe.api.Outcome;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/// Outcomes that wait to be taken, and the messages that are not asked for meanwhile. Not safe for use by many threads.
final class Arrivals {

    /// Messages asked for and not yet here; more are asked for only while little waits to be taken.
    static final int PREFETCH = 4;

    private static final int ENOUGH_ITEMS = 1_024;
    private static final long ENOUGH_BYTES = 4L << 20;

    private final Ring<Outcome<byte[]>> outcomes = new Ring<>(); // each with the bytes of its item
    private final List<Batch> batches = new ArrayList<>(1); // that came before those, in order
    private long bytes; // of both
    private int owed; // messages to ask for once there is room

    /// Outcomes on their way to a user, or back from there.
    static final class Batch {

        private final Ring<Outcome<byte[]>> rest;
        private boolean isBack;

        private Batch(Ring<Outcome<byte[]>> rest) {
            this.rest = rest;
        }

        int size() {
            return rest.size();
        }

        Outcome<byte[]> get(int index) {
            return rest.get(index);
        }
    }

    /// Whether there is nothing to be taken now; what is on its way to a user may come back.
    boolean isEmpty() {
        return next().isEmpty();
    }

    /// @param itemSize of its item, whose part of the window it frees
    void add(Outcome<byte[]> next, int itemSize) {
        outcomes.add(next, itemSize);
        bytes += resultBytes(next);
    }

    /// Whether users have all that came.
    boolean isHandedOver() {
        return outcomes.isEmpty() && batches.isEmpty();
    }

    /// Hands the first one over, and frees its part of the window.
    Outcome<byte[]> take(InFlight window) {
        Ring<Outcome<byte[]>> from = next();
        Outcome<byte[]> first = from.get(0);
        leave(from, 1, window);
        return first;
    }

    /// Takes out what is here, at most that many. They hold their part of the window until they are [#handedOver].
    Batch takeOut(int most) {
        Ring<Outcome<byte[]>> from = next();
        Batch taken = new Batch(from.split(Math.min(most, from.size())));
        batches.add(place(from), taken);
        dropEmpty();
        return taken;
    }

    /// The first so many of those are a user's now. The others are here again, where they were.
    void handedOver(Batch taken, int count, InFlight window) {
        taken.isBack = true;
        leave(taken.rest, count, window);
    }

    /// Of what no user has.
    void forEachSequence(LongConsumer use) {
        batches.forEach(batch -> forEachSequence(batch.rest, use));
        forEachSequence(outcomes, use);
    }

    /// What came first of all that is here.
    private Ring<Outcome<byte[]>> next() {
        for (Batch batch : batches) {
            if (batch.isBack) {
                return batch.rest;
            }
        }
        return outcomes;
    }

    private int place(Ring<Outcome<byte[]>> some) {
        int place = 0;
        while (place < batches.size() && batches.get(place).rest != some) {
            place++;
        }
        return place;
    }

    private void leave(Ring<Outcome<byte[]>> from, int count, InFlight window) {
        long freed = 0;
        for (int i = 0; i < count; i++) {
            freed += from.number(i);
            bytes -= resultBytes(from.get(i));
        }
        window.leave(count, freed);
        from.remove(count);
        dropEmpty();
    }

    private void dropEmpty() {
        batches.removeIf(batch -> batch.isBack && batch.rest.isEmpty());
    }

    private static void forEachSequence(Ring<Outcome<byte[]>> some, LongConsumer use) {
        for (int i = 0; i < some.size(); i++) {
            use.accept(some.get(i).sequence());
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
        int items = outcomes.size();
        for (Batch batch : batches) {
            items += batch.size();
        }
        return items >= ENOUGH_ITEMS || bytes >= ENOUGH_BYTES;
    }

    private static int resultBytes(Outcome<byte[]> outcome) {
        return outcome instanceof Outcome.Ok<byte[]>(long _, byte[] data) ? data.length : 0;
    }
}
