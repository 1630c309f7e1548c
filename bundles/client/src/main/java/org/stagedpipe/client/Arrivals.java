package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.LongConsumer;

/// Outcomes that wait to be taken, and the messages that are not asked for meanwhile. Not safe for use by many threads.
final class Arrivals {

    /// Messages asked for and not yet here; more are asked for only while little waits to be taken.
    static final int PREFETCH = 4;

    private static final int ENOUGH_ITEMS = 1_024;
    private static final long ENOUGH_BYTES = 4L << 20;

    private final Queue<Arrived> arrived = new ArrayDeque<>();
    private long bytes;
    private int owed; // messages to ask for once there is room

    /// An outcome that waits to be taken, and the window that it frees.
    record Arrived(Outcome<byte[]> outcome, int itemBytes) {

        int resultBytes() {
            return outcome instanceof Outcome.Ok<byte[]>(long _, byte[] data) ? data.length : 0;
        }
    }

    boolean isEmpty() {
        return arrived.isEmpty();
    }

    void add(Arrived next) {
        arrived.add(next);
        bytes += next.resultBytes();
    }

    @Nullable Arrived poll() {
        Arrived next = arrived.poll();
        if (next != null) {
            bytes -= next.resultBytes();
        }
        return next;
    }

    void forEachSequence(LongConsumer use) {
        arrived.forEach(next -> use.accept(next.outcome.sequence()));
    }

    /// A message has come: whether the next one may be asked for now.
    boolean mayAsk() {
        boolean may = !hasEnough();
        owed += may ? 0 : 1;
        return may;
    }

    /// How many messages to ask for now that one was taken.
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
        return arrived.size() >= ENOUGH_ITEMS || bytes >= ENOUGH_BYTES;
    }
}
