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

    /// How far it is once its thread has handed it over; null before.
    private static final Object FINISHED = new Object();

    /// The same, but its thread has not come back.
    ///
    /// @param fault how it ended, whatever comes later
    /// @param isAborted whether it ended with its group
    private record Abandoned(Fault fault, boolean isAborted) {}

    private static final VarHandle STATE;

    static {
        try {
            STATE =
                    MethodHandles.lookup()
                            .findVarHandle(EngineRequest.class, "state", Object.class);
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
    private @Nullable Object state;

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

    /// What [#submittedAt(long, int)] needs memory for.
    void prepareTimes() {
        rare();
    }

    /// Notes when it was submitted, which makes it one of those that are timed, and for how many, itself included.
    void submittedAt(long nanoTime, int timedFor) {
        rare().submittedAt = nanoTime;
        rare().timedFor = timedFor;
    }

    boolean isTimed() {
        return timedFor() != 0;
    }

    int timedFor() {
        return rarities == null ? 0 : rarities.timedFor;
    }

    /// Of one that is timed.
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
        return cancellation != null && (isAbandoned() || cancellation.reason(this) != null)
                || isLate();
    }

    private boolean isLate() {
        Deadline deadline = deadline();
        return deadline != null && deadline.look(System.nanoTime());
    }

    /// Ends it in that stage, or before the first one, if it is cancelled, withdrawn or late; else answers false.
    boolean endIfCancelled(@Nullable String stage) {
        Cancellation cancellation = group.cancellation();
        if (cancellation == null) {
            return endIfLate();
        }
        Fault cancelled = isAbandoned() ? fault() : cancellation.fault(this, stage);
        if (cancelled == null) {
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
        return state() instanceof Abandoned left ? left.fault() : fault;
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
        return state() instanceof Abandoned left
                ? left.isAborted()
                : rarities != null && rarities.aborted;
    }

    /// Whether it was handed over without its thread.
    boolean isAbandoned() {
        return state() instanceof Abandoned;
    }

    private @Nullable Object state() {
        return (Object) STATE.getAcquire(this);
    }

    /// Hands it from the pipeline's thread to the consumer. False if it was abandoned meanwhile, which nobody does without a deadline or a
    /// cancel; see [Watch] for a cancel that comes between the look and the store.
    boolean finish() {
        if (deadline() == null && group.cancellation() == null) {
            STATE.setRelease(this, FINISHED);
            return true;
        }
        return STATE.compareAndSet(this, (Object) null, FINISHED);
    }

    /// Hands it to the consumer without the pipeline's thread, which hangs. False if that came back in time.
    boolean abandon() {
        Cancellation cancellation = group.cancellation();
        Fault cancelled =
                cancellation == null || cancellation.reason(this) == null
                        ? null
                        : cancellation.fault(this, null);
        if (cancellation != null && cancelled != null) {
            return abandon(new Abandoned(cancelled, cancellation.isGroup()));
        }
        Deadline deadline = deadline();
        Deadline.Miss miss = deadline == null ? null : deadline.missed();
        return miss != null && abandon(new Abandoned(deadlineFault(miss), false));
    }

    private boolean abandon(Abandoned how) {
        return STATE.compareAndSet(this, (Object) null, (Object) how);
    }

    boolean isFinished() {
        return state() != null;
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
