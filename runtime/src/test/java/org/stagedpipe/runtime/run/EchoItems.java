package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/// Gives each item back.
final class EchoItems implements Items {

    private final BlockingQueue<Outcome<byte[]>> outcomes = new LinkedBlockingQueue<>();
    final List<String> cancels = new CopyOnWriteArrayList<>();
    int endsAfter = Integer.MAX_VALUE;
    private int submitted;
    private int taken;

    @Override
    public String servedBy() {
        return "here";
    }

    @Override
    public void submit(byte[] item) {
        outcomes.add(new Outcome.Ok<>(submitted++, item));
    }

    @Override
    public void finish() {}

    @Override
    public void cancel(String reason) {
        cancels.add(reason);
    }

    @Override
    public @Nullable Outcome<byte[]> take() throws InterruptedException {
        return taken++ == endsAfter ? null : outcomes.take();
    }

    @Override
    public void close() {}
}
