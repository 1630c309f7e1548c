package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.UUID;

/// A request: its data, and how it ended. Passed from the submitter to one pipeline thread to the consumer; each owns all
/// plain fields while it has it.
final class EngineRequest<D, R> implements AttachedRequest<D, R> {

    private static final VarHandle FINISHED;

    static {
        try {
            FINISHED =
                    MethodHandles.lookup()
                            .findVarHandle(EngineRequest.class, "finished", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Group<D, R> group;
    private final int attempt;
    private long sequence;
    private @Nullable D data;
    private @Nullable Object attachment;
    private @Nullable Throwable error;
    private @Nullable Fault fault;
    private boolean aborted;
    private boolean finished;

    EngineRequest(
            Group<D, R> group,
            long sequence,
            int attempt,
            @Nullable D data,
            @Nullable Object attachment) {
        this.group = group;
        this.sequence = sequence;
        this.attempt = attempt;
        this.data = data;
        this.attachment = attachment;
    }

    void sequence(long sequence) {
        this.sequence = sequence;
    }

    @Override
    @SuppressWarnings(
            "NullAway") // without data only until the hook before the first stage has set it
    public D data() {
        return data;
    }

    @Override
    public void data(D data) {
        this.data = data;
    }

    @Override
    public R resources() {
        return group.resources();
    }

    @Override
    public UUID group() {
        return group.id();
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
        Cancellation cancellation = group.cancellation();
        return cancellation != null && cancellation.reason(sequence) != null;
    }

    /// Ends it as cancelled in that stage, if it is; else answers false.
    boolean endIfCancelled(@Nullable String stage) {
        Cancellation cancellation = group.cancellation();
        if (cancellation == null || cancellation.reason(sequence) == null) {
            return false;
        }
        fault = cancellation.fault(sequence, stage, attempt);
        aborted = cancellation.isGroup();
        return true;
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
        if (this.error == null) {
            this.error = error;
        }
    }

    @Override
    public @Nullable Object attachment() {
        return attachment;
    }

    @Override
    public void attachment(@Nullable Object attachment) {
        this.attachment = attachment;
    }

    @Override
    public @Nullable Fault fault() {
        return fault;
    }

    /// Ends it badly.
    void fault(Fault fault) {
        this.fault = fault;
    }

    boolean isAborted() {
        return aborted;
    }

    /// Hands it from the pipeline's thread to the consumer.
    void finish() {
        FINISHED.setRelease(this, true);
    }

    boolean isFinished() {
        return (boolean) FINISHED.getAcquire(this);
    }

    @Override
    public Outcome<D> outcome() {
        if (!isFinished()) {
            throw new IllegalStateException(this + " is not finished (expected: finished)");
        }
        if (fault == null) {
            return new Outcome.Ok<>(sequence, data());
        }
        return aborted
                ? new Outcome.Aborted<>(sequence, fault)
                : new Outcome.Failed<>(sequence, fault);
    }

    @Override
    public String toString() {
        return "request " + idempotencyKey() + " attempt " + attempt;
    }
}
