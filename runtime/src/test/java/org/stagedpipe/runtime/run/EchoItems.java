package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/// Gives each item back.
final class EchoItems implements Items {

    private static final Outcome<byte[]> END = new Outcome.Ok<>(Long.MAX_VALUE, new byte[0]);

    private final BlockingQueue<Outcome<byte[]>> outcomes = new LinkedBlockingQueue<>();
    final List<String> cancels = new CopyOnWriteArrayList<>();
    int endsAfter = Integer.MAX_VALUE;
    @Nullable RuntimeException refusal;
    @Nullable Error failure; // of who takes
    private int submitted;
    private int taken;

    @Override
    public String servedBy() {
        return "here";
    }

    @Override
    public void submit(byte[] item) {
        if (refusal != null) {
            throw refusal;
        }
        outcomes.add(new Outcome.Ok<>(submitted++, item));
    }

    @Override
    public void finish() {
        outcomes.add(END);
    }

    @Override
    public void cancel(String reason) {
        cancels.add(reason);
    }

    @Override
    public @Nullable Outcome<byte[]> take() throws InterruptedException {
        if (failure != null) {
            throw failure;
        }
        Outcome<byte[]> next = taken++ == endsAfter ? END : outcomes.take();
        return next == END ? null : next;
    }

    @Override
    public void close() {}
}
