package org.stagedpipe.worker.part;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The bytes that all parts of this node hold: taken and not answered. Safe for use by many threads.
///
/// A part looks for room before it asks its coordinator for more; what it asked for comes in any case, so the limit may be
/// passed by a message for each part. A big item reserves all its bytes before its second chunk is asked for; one of them at
/// a time may go over the limit, or it would never fit.
final class Budget {

    private final long limitBytes;
    private final Set<Runnable> waiting = new LinkedHashSet<>();
    private long used;
    private int reservations;

    Budget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /// Whether more may be asked for; if not, the waiter is run once there is room.
    synchronized boolean hasRoom(Runnable waiter) {
        if (used < limitBytes) {
            return true;
        }
        waiting.add(waiter);
        return false;
    }

    /// Takes the bytes of a whole item; if that is not possible now, the waiter is run once it may be.
    synchronized boolean reserve(long bytes, Runnable waiter) {
        if (used + bytes > limitBytes && reservations > 0) {
            waiting.add(waiter);
            return false;
        }
        used += bytes;
        reservations++;
        return true;
    }

    /// A reservation is whole or given up; its bytes are released by [#release].
    void settled() {
        synchronized (this) {
            reservations--;
        }
        wake();
    }

    /// Counts what has come.
    synchronized void charge(long bytes) {
        used += bytes;
    }

    /// Gives bytes back. Not to be called with a lock that a waiter needs.
    void release(long bytes) {
        synchronized (this) {
            used -= bytes;
        }
        wake();
    }

    /// That one waits no more.
    synchronized void forget(Runnable waiter) {
        waiting.remove(waiter);
    }

    synchronized long used() {
        return used;
    }

    private void wake() {
        List<Runnable> woken;
        synchronized (this) {
            if (waiting.isEmpty()) {
                return;
            }
            woken = new ArrayList<>(waiting); // in the order in which they came
            waiting.clear();
        }
        woken.forEach(Runnable::run);
    }
}
