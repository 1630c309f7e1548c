package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The way in: items that users submit wait for room in the window, get their sequence, and depart. All fields belong to the
/// conversation's lock.
final class Submissions {

    /// Of an item, and of a result, where the coordinator says nothing.
    static final int DEFAULT_ITEM_BYTES = 100 << 20;

    /// Who waits for room looks so often by itself: it is not woken for a little, and nobody may take more.
    private static final long LOOK_FOR_ROOM_NANOS = 10_000_000;

    /// Who has waited for so long is passed by nobody: an item that needs much room would else wait for ever beside small ones
    /// of other threads, each of which finds some.
    static final long PATIENCE_NANOS = 100_000_000;

    /// Until outcomes have lain there for so long that nobody takes: who takes them waits here too, as it may keep a few items
    /// open for ever. Then they go on, and the other one is passed again, [#LONGER] times as long each time.
    private static final long IN_VAIN_NANOS = 1_000_000_000;

    private static final int LONGER = 10;

    private final Conversation group;
    private final ReentrantLock lock;
    private final Condition room;
    private final InFlight inFlight;
    private final Ledger ledger;
    private final Departures departures;
    private final @Nullable ItemKeys keys; // of a keyed group
    private long maxItemBytes = DEFAULT_ITEM_BYTES;
    private int waiting; // threads
    private @Nullable Thread starving; // whom nobody passes
    private long takenNanos; // when an outcome was taken last, or none was there, while one starves

    Submissions(
            Conversation group,
            ReentrantLock lock,
            InFlight inFlight,
            Ledger ledger,
            Departures departures,
            @Nullable ItemKeys keys) {
        this.group = group;
        this.lock = lock;
        this.room = lock.newCondition();
        this.inFlight = inFlight;
        this.ledger = ledger;
        this.departures = departures;
        this.keys = keys;
    }

    /// As the coordinator says. By the lock.
    void maxItemBytes(long bytes) {
        maxItemBytes = bytes;
    }

    /// The window.
    InFlight inFlight() {
        return inFlight;
    }

    /// Sends an item; waits for room. Answers its sequence.
    ///
    /// @param key 0 in a group that is not keyed
    long submit(long key, byte[] item) throws InterruptedException {
        long sequence;
        Line out;
        lock.lock();
        try {
            checkKey(key);
            awaitRoomFor(item);
            sequence = ledger.accept(item);
            if (keys != null) {
                keys.put(sequence, key);
            }
            out = departures.add(sequence, item, inFlight.isAlone());
        } finally {
            lock.unlock();
        }
        if (out != null) {
            departures.send(out);
        }
        return sequence;
    }

    /// Sends items without a key; waits for room as often as needed. The list is the user's, and may wait for somebody who wants
    /// the lock, or make its items when they are asked for: it is read without, one frame at a time.
    void submitAll(List<byte[]> items) throws InterruptedException {
        List<byte[]> some = new ArrayList<>(Math.min(items.size(), Outbox.MAX_FRAME_ITEMS));
        for (Iterator<byte[]> rest = items.iterator(); rest.hasNext(); some.clear()) {
            long bytes = 0;
            do {
                byte[] item = rest.next();
                bytes += item.length;
                some.add(item);
            } while (some.size() < Outbox.MAX_FRAME_ITEMS
                    && bytes < Outbox.MAX_CHUNK_BYTES
                    && rest.hasNext());
            submitAll(some, !rest.hasNext());
        }
    }

    private void submitAll(List<byte[]> some, boolean areLast) throws InterruptedException {
        int last = some.size() - 1;
        for (int next = 0; next <= last; ) {
            Line out;
            lock.lock();
            try {
                checkKey(0);
                do { // until it has to be sent
                    byte[] item = some.get(next);
                    awaitRoomFor(item);
                    out = departures.add(ledger.accept(item), item, areLast && next == last);
                    next++;
                } while (out == null && next <= last);
            } finally {
                lock.unlock();
            }
            if (out != null) {
                departures.send(out);
            }
        }
    }

    private void checkKey(long key) {
        if ((key == 0) != (keys == null)) {
            throw new IllegalArgumentException(
                    group.title()
                            + ": key "
                            + key
                            + " (expected: "
                            + (keys == null ? "none)" : "one)"));
        }
    }

    /// Waits until the item may go, and counts it in.
    private void awaitRoomFor(byte[] item) throws InterruptedException {
        group.refuseUnlessOpen();
        if (item.length > maxItemBytes) {
            throw ClientException.tooLarge(group.title(), item.length, maxItemBytes);
        }
        if (starving != null || !inFlight.hasRoomFor(item.length)) {
            awaitTurn(item.length);
        }
        inFlight.enter(item.length);
    }

    private void awaitTurn(int size) throws InterruptedException {
        Thread self = Thread.currentThread();
        long begun = System.nanoTime();
        long patience = PATIENCE_NANOS;
        boolean starves = false;
        waiting++;
        try {
            while (!inFlight.hasRoomFor(size) || !mayPass(self)) {
                long now = System.nanoTime();
                if (starves && starving != self) { // others had to go on
                    starves = false;
                    patience *= LONGER;
                    begun = now;
                }
                if (starving == null && now - begun > patience) {
                    starves = true;
                    starving = self;
                    takenNanos = now;
                }
                room.awaitNanos(LOOK_FOR_ROOM_NANOS);
                group.refuseUnlessOpen();
            }
        } finally {
            waiting--;
            if (starving == self) {
                endClaim();
            }
        }
    }

    private boolean mayPass(Thread self) {
        if (starving == null || starving == self) {
            return true;
        }
        long now = System.nanoTime();
        if (!group.hasArrived()) {
            takenNanos = now;
        } else if (now - takenNanos > IN_VAIN_NANOS) {
            endClaim();
        }
        return starving == null;
    }

    /// Whoever starves is passed again.
    private void endClaim() {
        starving = null;
        room.signalAll();
    }

    /// Outcomes were taken: wakes who waits for room, not for each outcome. A thread that may submit a few items only to wait
    /// again costs more than they do, and its frames stay small. By the lock.
    void letIn() {
        if (starving != null) {
            takenNanos = System.nanoTime();
        }
        if (waiting > 0 && inFlight.hasMuchRoom()) {
            room.signalAll();
        }
    }

    /// The group has changed. By the lock.
    void changed() {
        room.signalAll();
    }
}
