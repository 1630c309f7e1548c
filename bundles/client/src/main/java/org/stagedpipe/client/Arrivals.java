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
    private long bytes; // of those, and of those on their way to a user
    private final List<Ring<Outcome<byte[]>>> leaving =
            new ArrayList<>(1); // on their way to a user
    private int owed; // messages to ask for once there is room

    boolean isEmpty() {
        return outcomes.isEmpty();
    }

    /// @param itemSize of its item, whose part of the window it frees
    void add(Outcome<byte[]> next, int itemSize) {
        outcomes.add(next, itemSize);
        bytes += resultBytes(next);
    }

    /// Whether users have all that came.
    boolean isHandedOver() {
        return isEmpty() && leaving.isEmpty();
    }

    /// Hands the first one over, and frees its part of the window.
    Outcome<byte[]> take(InFlight window) {
        Outcome<byte[]> first = outcomes.get(0);
        window.leave(1, outcomes.number(0));
        bytes -= resultBytes(first);
        outcomes.remove(1);
        return first;
    }

    /// Takes out what is here, at most that many. They hold their part of the window until they are [#handedOver].
    Ring<Outcome<byte[]>> takeOut(int most) {
        Ring<Outcome<byte[]>> taken = outcomes.split(Math.min(most, outcomes.size()));
        leaving.add(taken);
        return taken;
    }

    /// So many of those are a user's now. The others are here again, before all that have come since.
    void handedOver(Ring<Outcome<byte[]>> taken, int count, InFlight window) {
        long freed = 0;
        for (int i = 0; i < count; i++) {
            freed += taken.number(i);
            bytes -= resultBytes(taken.get(i));
        }
        window.leave(count, freed);
        for (int i = taken.size() - 1; i >= count; i--) {
            outcomes.addFirst(taken.get(i), taken.number(i));
        }
        leaving.remove(taken);
    }

    /// Of what no user has.
    void forEachSequence(LongConsumer use) {
        leaving.forEach(taken -> forEachSequence(taken, use));
        forEachSequence(outcomes, use);
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
        for (Ring<?> taken : leaving) {
            items += taken.size();
        }
        return items >= ENOUGH_ITEMS || bytes >= ENOUGH_BYTES;
    }

    private static int resultBytes(Outcome<byte[]> outcome) {
        return outcome instanceof Outcome.Ok<byte[]>(long _, byte[] data) ? data.length : 0;
    }
}
