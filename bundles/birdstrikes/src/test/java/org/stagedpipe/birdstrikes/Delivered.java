package org.stagedpipe.birdstrikes;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;

import java.time.Duration;
import java.util.UUID;

/// One delivery of an item, run through the stages by hand: a test chooses group, sequence and attempt.
final class Delivered implements Request<Batch, Warehouse> {

    private final Warehouse resources;
    private final UUID group;
    private final long sequence;
    private final int attempt;
    private Batch data;
    private @Nullable Throwable error;

    private Delivered(Warehouse resources, UUID group, long sequence, int attempt, Batch data) {
        this.resources = resources;
        this.group = group;
        this.sequence = sequence;
        this.attempt = attempt;
        this.data = data;
    }

    static Summary run(
            Plugin<Batch, LoadConfig, Warehouse> plugin,
            Warehouse resources,
            UUID group,
            long sequence,
            Lines item)
            throws Exception {
        Delivered request = new Delivered(resources, group, sequence, 1, item);
        Stage<Batch, Warehouse> stage = plugin.stateMachine().first();
        while (!stage.isEnd()) {
            stage = stage.function().run(request);
        }
        return (Summary) request.data();
    }

    @Override
    public Batch data() {
        return data;
    }

    @Override
    public void data(Batch data) {
        this.data = data;
    }

    @Override
    public Warehouse resources() {
        return resources;
    }

    @Override
    public UUID group() {
        return group;
    }

    @Override
    public long sequence() {
        return sequence;
    }

    @Override
    public int attempt() {
        return attempt;
    }

    @Override
    public boolean isCancelled() {
        return false;
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
