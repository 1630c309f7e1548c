package org.stagedpipe.client;

import org.stagedpipe.api.Outcome;

import java.util.Collection;
import java.util.function.LongConsumer;

/// Outcomes that wait to be taken, and the messages that are not asked for meanwhile. Not safe for use by many threads.
final class Arrivals {

    /// Messages asked for and not yet here; more are asked for only while little waits to be taken.
    static final int PREFETCH = 4;

    private static final int ENOUGH_ITEMS = 1_024;
    private static final long ENOUGH_BYTES = 4L << 20;

    private final Ring<Outcome<byte[]>> outcomes = new Ring<>(); // each with the bytes of its item
    private long bytes;
    private int owed; // messages to ask for once there is room

    boolean isEmpty() {
        return outcomes.isEmpty();
    }

    /// @param itemSize of its item, whose part of the window it frees
    void add(Outcome<byte[]> next, int itemSize) {
        outcomes.add(next, itemSize);
        bytes += resultBytes(next);
    }

    /// Hands over what is here, at most that many, and frees their part of the window. Answers how many. What that collection
    /// does not take, because it throws, stays here.
    int take(Collection<? super Outcome<byte[]>> into, int most, InFlight window) {
        int here = Math.min(most, outcomes.size());
        int count = 0;
        long freed = 0;
        try {
            while (count < here) {
                Outcome<byte[]> next = outcomes.get(count);
                into.add(next);
                freed += outcomes.number(count);
                bytes -= resultBytes(next);
                count++;
            }
            return count;
        } finally { // what was added is the user's, also if the rest is not
            outcomes.remove(count);
            window.leave(count, freed);
        }
    }

    void forEachSequence(LongConsumer use) {
        for (int i = 0; i < outcomes.size(); i++) {
            use.accept(outcomes.get(i).sequence());
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
        return outcomes.size() >= ENOUGH_ITEMS || bytes >= ENOUGH_BYTES;
    }

    private static int resultBytes(Outcome<byte[]> outcome) {
        return outcome instanceof Outcome.Ok<byte[]>(long _, byte[] data) ? data.length : 0;
    }
}
