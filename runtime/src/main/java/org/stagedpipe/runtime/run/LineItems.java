package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// A group with the lines that it cannot take: these fail here, and have their sequences among the others. Their
/// outcomes come at once, in an ordered group after those of earlier lines. A virtual thread of its own, `run-outcomes`, waits for
/// the group's, until [#close].
final class LineItems implements Items {

    private static final int MOST_REFUSED = 1_024;

    private final Items items;
    private final boolean isOrdered;
    private final Thread fetcher;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    // Guarded by this.
    private final Deque<Outcome<byte[]>> refused = new ArrayDeque<>();
    private final List<Long> places = new ArrayList<>(); // the next item of the group
    private long submitted;
    private long handed; // of these, to whoever takes
    private boolean isFetching;
    private @Nullable Outcome<byte[]> next;
    private boolean isEnded;
    private @Nullable Throwable failure; // unchecked

    LineItems(Items items, boolean isOrdered) {
        this.items = items;
        this.isOrdered = isOrdered;
        this.fetcher = Thread.ofVirtual().name("run-outcomes").unstarted(this::fetch);
    }

    @Override
    public String servedBy() {
        return items.servedBy();
    }

    @Override
    public void submit(byte[] item) throws InterruptedException, RefusedLineException {
        items.submit(item);
        synchronized (this) {
            submitted++;
        }
    }

    /// The same for an item that is not handed in; waits while many of these are not taken.
    synchronized void refuse(Fault fault) {
        try {
            while (refused.size() >= MOST_REFUSED && !isEnded) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody takes it
        }
        refused.add(new Outcome.Failed<>(submitted + places.size(), fault));
        places.add(submitted);
        notifyAll();
    }

    @Override
    public void finish() {
        items.finish();
    }

    @Override
    public void cancel(String reason) {
        items.cancel(reason);
    }

    @Override
    public synchronized @Nullable Outcome<byte[]> take() throws InterruptedException {
        if (!isFetching) {
            isFetching = true;
            fetcher.start();
        }
        while (true) {
            Outcome<byte[]> taken = next;
            if (isRefusedNext(taken)) {
                notifyAll();
                return refused.poll();
            }
            if (taken != null) {
                next = null;
                handed++;
                notifyAll();
                return numbered(taken);
            }
            throwFailure();
            if (isEnded) {
                return null;
            }
            wait();
        }
    }

    private void throwFailure() {
        switch (failure) {
            case RuntimeException unchecked -> throw unchecked;
            case Error error -> throw error;
            case null, default -> {}
        }
    }

    private boolean isRefusedNext(@Nullable Outcome<byte[]> other) {
        Outcome<byte[]> first = refused.peek();
        if (first == null) {
            return false;
        }
        long before = first.sequence() - (places.size() - refused.size()); // items of the group
        return !isOrdered || handed >= before || (other == null && isEnded);
    }

    private void fetch() {
        try {
            boolean goesOn = true;
            while (goesOn) {
                goesOn = fetched(items.take());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        } catch (RuntimeException | Error e) { // of memory, say: whoever takes ends with it
            ended(e);
        }
    }

    /// Whether more may follow.
    private synchronized boolean fetched(@Nullable Outcome<byte[]> outcome)
            throws InterruptedException {
        if (outcome == null) {
            ended(null);
            return false;
        }
        next = outcome;
        notifyAll();
        while (next != null) {
            wait();
        }
        return true;
    }

    private synchronized void ended(@Nullable Throwable why) {
        failure = why;
        isEnded = true;
        notifyAll();
    }

    private Outcome<byte[]> numbered(Outcome<byte[]> outcome) {
        long number = outcome.sequence() + placesBefore(outcome.sequence());
        return switch (outcome) {
            case Outcome.Ok<byte[]> ok -> new Outcome.Ok<>(number, ok.data());
            case Outcome.Failed<byte[]> failed -> new Outcome.Failed<>(number, failed.fault());
            case Outcome.Aborted<byte[]> aborted -> new Outcome.Aborted<>(number, aborted.fault());
        };
    }

    private int placesBefore(long sequence) {
        int from = 0;
        int to = places.size();
        while (from < to) { // they ascend, and several may be at one place
            int middle = (from + to) >>> 1;
            if (places.get(middle) <= sequence) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }

    /// No effect the second time: who ends the process closes it too.
    @Override
    public void close() throws IOException {
        if (!isClosed.getAndSet(true)) {
            fetcher.interrupt();
            items.close();
        }
    }
}
