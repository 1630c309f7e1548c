package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// A group with the lines that it cannot take: these fail here, and have their sequences among the others. Their
/// outcomes come before those of later lines, at the latest with the end.
final class LineItems implements Items {

    private final Items items;
    private final Deque<Outcome<byte[]>> refused = new ArrayDeque<>(); // guarded by this
    private final List<Long> places = new ArrayList<>(); // the next item of the group; by this
    private long submitted; // by whoever submits
    private @Nullable Outcome<byte[]> next; // this and the other one by whoever takes
    private boolean isEnded;

    LineItems(Items items) {
        this.items = items;
    }

    @Override
    public String servedBy() {
        return items.servedBy();
    }

    @Override
    public void submit(byte[] item) throws InterruptedException, RefusedLineException {
        items.submit(item);
        submitted++;
    }

    /// The same for an item that is not handed in.
    synchronized void refuse(Fault fault) {
        refused.add(new Outcome.Failed<>(submitted + places.size(), fault));
        places.add(submitted);
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
    public @Nullable Outcome<byte[]> take() throws InterruptedException {
        if (next == null && !isEnded) {
            Outcome<byte[]> taken = items.take();
            next = taken == null ? null : numbered(taken);
            isEnded = taken == null;
        }
        Outcome<byte[]> earlier = refusedBefore(next);
        if (earlier != null) {
            return earlier;
        }
        Outcome<byte[]> taken = next;
        next = null;
        return taken;
    }

    private synchronized @Nullable Outcome<byte[]> refusedBefore(
            @Nullable Outcome<byte[]> outcome) {
        Outcome<byte[]> first = refused.peek();
        return first == null || (outcome != null && outcome.sequence() < first.sequence())
                ? null
                : refused.poll();
    }

    private Outcome<byte[]> numbered(Outcome<byte[]> outcome) {
        long number = outcome.sequence() + placesBefore(outcome.sequence());
        return switch (outcome) {
            case Outcome.Ok<byte[]> ok -> new Outcome.Ok<>(number, ok.data());
            case Outcome.Failed<byte[]> failed -> new Outcome.Failed<>(number, failed.fault());
            case Outcome.Aborted<byte[]> aborted -> new Outcome.Aborted<>(number, aborted.fault());
        };
    }

    private synchronized int placesBefore(long sequence) {
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

    @Override
    public void close() throws IOException {
        items.close();
    }
}
