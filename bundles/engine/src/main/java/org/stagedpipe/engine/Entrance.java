package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

/// The submitters' side of a group: makes requests and brings them in, one by one or in runs.
final class Entrance<D, R> {

    /// Requests that go in under one lock: enough to make the lock cheap, few enough to make nobody wait for it.
    private static final int RUN = 256;

    private final Group<D, R> group;
    private final Inlet<D, R> inlet;
    private final Window window;
    private final @Nullable Keys<D, R> keys;
    private final ToIntFunction<? super AttachedRequest<D, R>> size;
    private final Figures<D, R> figures;

    /// Whether a listener is told of room after an offer was refused.
    private final boolean announcesRoom;

    /// Held by the one who waits for bytes, so that later ones wait behind it: small ones would leave no room for a large one.
    private final ReentrantLock turn = new ReentrantLock(true);

    /// How many may go in at once, as far as the last ones found room for all; a hint, so races are harmless.
    private int run = RUN;

    Entrance(
            Group<D, R> group,
            Inlet<D, R> inlet,
            Window window,
            @Nullable Keys<D, R> keys,
            Figures<D, R> figures,
            GroupBuilder<D, R> builder) {
        this.group = group;
        this.inlet = inlet;
        this.window = window;
        this.keys = keys;
        this.size = builder.size;
        this.figures = figures;
        this.announcesRoom = builder.listener != null;
    }

    /// Waits for room. Answers the request's sequence.
    long submit(D data) throws InterruptedException {
        EngineRequest<D, R> request = newRequest(0, 1, data, null);
        submit(request, false);
        return request.sequence();
    }

    void submit(long sequence, int attempt, Object attachment) throws InterruptedException {
        submit(newRequest(sequence, attempt, null, attachment), true);
    }

    private void submit(EngineRequest<D, R> request, boolean numbered) throws InterruptedException {
        while (!putInTurn(request, numbered)) {
            await(request);
        }
    }

    /// Waits for bytes if it must. False if it has to wait for something else.
    private boolean putInTurn(EngineRequest<D, R> request, boolean numbered)
            throws InterruptedException {
        if (!turn.isLocked() && put(request, numbered)) {
            return true;
        }
        if (!window.countsBytes()) {
            return false;
        }
        turn.lockInterruptibly();
        try {
            while (!put(request, numbered)) {
                if (!inlet.keyHasRoom(request)) {
                    return false; // whoever has another key need not wait
                }
                window.await(() -> inlet.isClosed() || inlet.hasRoom(request), () -> false);
            }
            return true;
        } finally {
            turn.unlock();
        }
    }

    private void await(EngineRequest<D, R> request) throws InterruptedException {
        boolean inTurn =
                window.countsBytes(); // then only its key is missing; for bytes it waits in turn
        KeyWait wait = new KeyWait(figures.admissionWaiters);
        try {
            window.await(
                    () ->
                            inTurn
                                    ? inlet.isClosed() || inlet.keyHasRoom(request)
                                    : inlet.mayTake(request),
                    () -> wait.isByKey(inTurn || inlet.hasRoom(request)));
        } finally {
            wait.isByKey(false);
        }
    }

    /// Whether one submitter that waits is counted as one that waits for its key.
    private static final class KeyWait {

        private final AtomicInteger waiters;
        private boolean counted;

        KeyWait(AtomicInteger waiters) {
            this.waiters = waiters;
        }

        /// At each look: the window may have been full before. Answers what it is told.
        boolean isByKey(boolean now) {
            if (now != counted) {
                counted = now;
                waiters.addAndGet(now ? 1 : -1);
            }
            return now;
        }
    }

    /// Never waits. Answers the request's sequence, or [Group#FULL].
    long offer(D data) {
        EngineRequest<D, R> request = newRequest(0, 1, data, null);
        return offer(request, false) ? request.sequence() : Group.FULL;
    }

    boolean offer(long sequence, int attempt, Object attachment) {
        return offer(newRequest(sequence, attempt, null, attachment), true);
    }

    private boolean offer(EngineRequest<D, R> request, boolean numbered) {
        if (put(request, numbered)) {
            return true;
        }
        if (!announcesRoom) {
            return false;
        }
        window.noteRefusal();
        return put(request, numbered); // room made before the note was never announced
    }

    private boolean put(EngineRequest<D, R> request, boolean numbered) {
        return switch (inlet.put(request, numbered)) {
            case ACCEPTED -> true;
            case FULL -> false;
            case CLOSED -> throw group.closed();
        };
    }

    /// Waits for room as often as needed.
    void submitAll(List<? extends D> items) throws InterruptedException {
        IntFunction<EngineRequest<D, R>> maker = i -> newRequest(0, 1, items.get(i), null);
        int end = items.size();
        int next = 0;
        while (next < end) {
            int taken = turn.isLocked() ? 0 : bring(maker, next, end, false);
            next += taken;
            if (taken == 0) {
                submit(maker.apply(next++), false);
            }
        }
    }

    /// Never waits. Answers how many were taken, from that index on.
    int offerAll(List<? extends D> items, int from) {
        return offerAll(i -> newRequest(0, 1, items.get(i), null), from, items.size(), false);
    }

    int offerAll(Batch batch, int from) {
        return offerAll(
                i -> newRequest(batch.sequence(i), batch.attempt(i), null, batch.attachment(i)),
                from,
                batch.size(),
                true);
    }

    private int offerAll(
            IntFunction<EngineRequest<D, R>> maker, int from, int end, boolean numbered) {
        Objects.checkFromToIndex(from, end, end);
        int next = from;
        boolean noted = !announcesRoom;
        try {
            while (next < end) {
                int taken = bring(maker, next, end, numbered);
                next += taken;
                if (taken > 0) {
                    noted = !announcesRoom;
                } else if (noted) {
                    break;
                } else {
                    window.noteRefusal();
                    noted = true; // room made before the note was never announced
                }
            }
        } catch (Throwable e) { // of a key or size function, whatever that throws
            if (next == from) {
                throw e;
            } // else the next call meets it, and this one says what it did
        }
        return next - from;
    }

    /// Makes requests, as many as will find room, and brings them in. Answers how many, 0 if there is no room.
    private int bring(IntFunction<EngineRequest<D, R>> maker, int from, int end, boolean numbered) {
        int most = Math.min(inlet.room(), run);
        EngineRequest<D, R>[] made = newRun(Math.min(most, end - from));
        int count = make(maker, from, made);
        int taken = inlet.putAll(made, count, numbered);
        if (taken < 0) {
            throw group.closed();
        }
        if (count > 0) {
            run = taken < count ? Math.max(1, taken) : Math.min(RUN, 2 * run);
        }
        return taken;
    }

    /// Fills the array with requests, up to one that cannot be made. Answers how many.
    private int make(IntFunction<EngineRequest<D, R>> maker, int from, EngineRequest<D, R>[] made) {
        for (int i = 0; i < made.length; i++) {
            try {
                made[i] = maker.apply(from + i);
            } catch (Throwable e) {
                if (i == 0) {
                    throw e;
                }
                return i; // those before it come in, as they would one by one
            }
        }
        return made.length;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    private static <D, R> EngineRequest<D, R>[] newRun(int length) {
        return new EngineRequest[length];
    }

    private EngineRequest<D, R> newRequest(
            long sequence, int attempt, @Nullable D data, @Nullable Object attachment) {
        EngineRequest<D, R> request;
        if (keys == null) {
            request = new EngineRequest<>(group, sequence, attempt, data, attachment);
        } else {
            KeyedRequest<D, R> keyed =
                    new KeyedRequest<>(group, sequence, attempt, data, attachment);
            keyed.key(keys.order().key().key(keyed));
            request = keyed;
        }
        if (window.countsBytes()) {
            request.size(size.applyAsInt(request));
        }
        return request;
    }
}
