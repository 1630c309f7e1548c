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
class EngineRequest<D, R> implements AttachedRequest<D, R> {

    // How far it is.
    private static final int OPEN = 0;
    private static final int FINISHED = 1;

    // The same, but its thread has not come back: from the deadline, from its cancel, from that of
    // its group.
    private static final int LATE = 2;
    private static final int CANCELLED = 3;
    private static final int ABORTED = 4;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(EngineRequest.class, "state", int.class);
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

    /// What few requests have: all others are smaller for it.
    private @Nullable Rarities rarities;

    /// In bytes, of a group whose window counts them; else 0.
    private int size;

    @SuppressWarnings("unused") // by STATE
    private int state;

    EngineRequest(
            Group<D, R> group,
            long sequence,
            int attempt,
            @Nullable D data,
            @Nullable Object attachment) {
        this.group = group;
        this.rarities = group.hasDeadlines() ? new Rarities(group.newDeadline()) : null;
        this.sequence = sequence;
        this.attempt = attempt;
        this.data = data;
        this.attachment = attachment;
    }

    void sequence(long sequence) {
        this.sequence = sequence;
    }

    int size() {
        return size;
    }

    /// By the submitter.
    ///
    /// @throws IllegalArgumentException if it is negative
    void size(int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException(
                    "size of " + this + ": " + bytes + " (expected: >= 0)");
        }
        size = bytes;
    }

    /// Notes when it was submitted, which makes it one of those that are timed.
    void submittedAt(long nanoTime) {
        rare().submittedAt = nanoTime | 1; // 0 says: not timed
    }

    boolean isTimed() {
        return submittedAt() != 0;
    }

    long submittedAt() {
        return rarities == null ? 0 : rarities.submittedAt;
    }

    private Rarities rare() {
        if (rarities == null) {
            rarities = new Rarities(null);
        }
        return rarities;
    }

    /// Whether it is timed, traced or has a deadline; looked at before its first stage.
    boolean isObserved() {
        return rarities != null || group.isTraced();
    }

    Group<D, R> owner() {
        return group;
    }

    @Nullable Deadline deadline() {
        return rarities == null ? null : rarities.deadline;
    }

    void trace(@Nullable RequestTrace trace) {
        if (trace != null) {
            rare().trace = trace;
        }
    }

    @Nullable RequestTrace trace() {
        return rarities == null ? null : rarities.trace;
    }

    @Override
    public void event(String text) {
        RequestTrace trace = trace();
        if (trace != null) {
            trace.event(text);
        }
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
        return cancellation != null && cancellation.reason(this) != null || isLate();
    }

    private boolean isLate() {
        Deadline deadline = deadline();
        return deadline != null && deadline.look(System.nanoTime());
    }

    /// Ends it in that stage, or before the first one, if it is cancelled, withdrawn or late; else answers false.
    boolean endIfCancelled(@Nullable String stage) {
        Cancellation cancellation = group.cancellation();
        Fault cancelled = cancellation == null ? null : cancellation.fault(this, stage);
        if (cancellation == null || cancelled == null) {
            return endIfLate();
        }
        fault = cancelled;
        if (cancellation.isGroup() || cancelled.retryable()) {
            rare().aborted = true;
        }
        return true;
    }

    /// Ends it if its deadline is over; else answers false.
    boolean endIfLate() {
        Deadline deadline = deadline();
        if (deadline == null || !deadline.look(System.nanoTime())) {
            return false;
        }
        Deadline.Miss miss = deadline.missed();
        if (miss != null) {
            fault = deadlineFault(miss);
        }
        return miss != null;
    }

    private Fault deadlineFault(Deadline.Miss miss) {
        return new Fault(Fault.Kind.DEADLINE, miss.stage(), attempt, miss.text(), false);
    }

    @Override
    public @Nullable Duration remaining() {
        Deadline deadline = deadline();
        return deadline == null ? null : deadline.remaining(System.nanoTime());
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
        if (!isAbandoned()) {
            return fault;
        }
        Deadline deadline = deadline();
        Cancellation cancellation = group.cancellation();
        return deadline != null && state() == LATE
                ? deadline.late()
                : cancellation == null ? fault : cancellation.fault(this, null);
    }

    /// Ends it badly.
    void fault(Fault fault) {
        this.fault = fault;
    }

    /// Ends it for what is not its own fault.
    void abort(Fault fault) {
        this.fault = fault;
        rare().aborted = true;
    }

    boolean isAborted() {
        return isAbandoned() ? state() == ABORTED : rarities != null && rarities.aborted;
    }

    /// Whether it was handed over without its thread.
    boolean isAbandoned() {
        return state() >= LATE;
    }

    private int state() {
        return (int) STATE.getAcquire(this);
    }

    /// Hands it from the pipeline's thread to the consumer. False if it was abandoned meanwhile, which nobody does without a deadline or a
    /// cancel; see [Watch] for a cancel that comes between the look and the store.
    boolean finish() {
        if (deadline() == null && group.cancellation() == null) {
            STATE.setRelease(this, FINISHED);
            return true;
        }
        return STATE.compareAndSet(this, OPEN, FINISHED);
    }

    /// Hands it to the consumer without the pipeline's thread, which hangs. False if that came back in time.
    boolean abandon() {
        Cancellation cancellation = group.cancellation();
        if (cancellation != null && cancellation.reason(this) != null) {
            return STATE.compareAndSet(this, OPEN, cancellation.isGroup() ? ABORTED : CANCELLED);
        }
        Deadline deadline = deadline();
        Deadline.Miss miss = deadline == null ? null : deadline.missed();
        if (deadline == null || miss == null) {
            return false;
        }
        deadline.late(deadlineFault(miss));
        return STATE.compareAndSet(this, OPEN, LATE);
    }

    boolean isFinished() {
        return state() != OPEN;
    }

    @Override
    public Outcome<D> outcome() {
        if (!isFinished()) {
            throw new IllegalStateException(this + " is not finished (expected: finished)");
        }
        Fault ended = fault();
        if (ended == null) {
            return new Outcome.Ok<>(sequence, data());
        }
        return isAborted()
                ? new Outcome.Aborted<>(sequence, ended)
                : new Outcome.Failed<>(sequence, ended);
    }

    @Override
    public String toString() {
        return "request " + idempotencyKey() + " attempt " + attempt;
    }
}
