package org.stagedpipe.benchmarks.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.time.Duration;
import java.util.UUID;

/// The least that a request is: what the loop and the naive port hand to the stages.
final class PlainRequest implements Request<Item, Integer> {

    private static final UUID ID = new UUID(0, 1);

    private final int group;
    private final long sequence;
    private Item data;
    private @Nullable Throwable error;
    private volatile boolean cancelled;

    PlainRequest(int group, long sequence, Item data) {
        this.group = group;
        this.sequence = sequence;
        this.data = data;
    }

    /// Carries the request through the stages, as the original does: cancellation before every stage, errors end it.
    Outcome<Item> walk(StateMachine<Item, Integer> machine) {
        Stage<Item, Integer> next = machine.first();
        try {
            while (next != null && !next.isEnd() && error == null && !cancelled) {
                next = next.function().run(this);
            }
        } catch (Exception e) {
            error = e;
        }
        if (error != null || cancelled) {
            throw new IllegalStateException("request " + sequence + " failed", error);
        }
        return new Outcome.Ok<>(sequence, data);
    }

    int groupNumber() {
        return group;
    }

    void cancel() {
        cancelled = true;
    }

    @Override
    public Item data() {
        return data;
    }

    @Override
    public void data(Item data) {
        this.data = data;
    }

    @Override
    public Integer resources() {
        return group;
    }

    @Override
    public UUID group() {
        return ID;
    }

    @Override
    public long sequence() {
        return sequence;
    }

    @Override
    public int attempt() {
        return 1;
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public @Nullable Duration remaining() {
        return null;
    }

    @Override
    public @Nullable Throwable error() {
        return error;
    }

    @Override
    public void fail(Throwable error) {
        this.error = error;
    }
}
