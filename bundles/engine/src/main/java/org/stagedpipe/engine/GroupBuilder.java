package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.function.ToIntFunction;

/// How a group is opened; made by [Pipelines#group]. For one thread.
///
/// @param <D> the data of an item
/// @param <R> what the group holds open for its items
public final class GroupBuilder<D, R> {

    /// Requests in flight unless [#window(int)] says another number.
    public static final int DEFAULT_WINDOW = 1024;

    private final Pipelines<D, R> pipelines;
    final R resources;
    @Nullable UUID id;
    boolean ordered;
    int window = DEFAULT_WINDOW;
    long windowBytes = Window.UNBOUNDED;
    ToIntFunction<? super AttachedRequest<D, R>> size = request -> 0;
    long deadlineNanos;
    long stageDeadlineNanos;
    @Nullable GroupListener<D, R> listener;

    GroupBuilder(Pipelines<D, R> pipelines, R resources) {
        this.pipelines = pipelines;
        this.resources = resources;
    }

    /// The group's id; a random one unless set.
    public GroupBuilder<D, R> id(UUID id) {
        this.id = Objects.requireNonNull(id, "id");
        return this;
    }

    /// Outcomes come out in the order in which the requests were submitted, not in the order of completion.
    public GroupBuilder<D, R> ordered() {
        ordered = true;
        return this;
    }

    /// At most so many requests are in flight, accepted and not delivered; [Integer#MAX_VALUE] for no bound.
    ///
    /// @throws IllegalArgumentException if it is less than 1
    public GroupBuilder<D, R> window(int requests) {
        if (requests < 1) {
            throw new IllegalArgumentException("window: " + requests + " (expected: >= 1)");
        }
        window = requests;
        return this;
    }

    /// No request may take longer from its first stage to its last, hooks included; none unless set. A request that does is
    /// interrupted and fails with kind DEADLINE. If its stage does not return within a second, the request ends all the
    /// same, the thread is replaced, and the [PipelinesListener] is told where it hangs. Looked at each tenth of the limit,
    /// at most each 100 ms.
    ///
    /// @throws IllegalArgumentException if it is not positive
    public GroupBuilder<D, R> deadline(Duration limit) {
        deadlineNanos = positive("deadline", limit);
        return this;
    }

    /// No stage may take longer with one request, nor each of the hooks around them; as [#deadline(Duration)]. What happens between
    /// stages counts for the request's deadline only: pre-processors, and the wait for its turn by key.
    ///
    /// @throws IllegalArgumentException if it is not positive
    public GroupBuilder<D, R> stageDeadline(Duration limit) {
        stageDeadlineNanos = positive("stage deadline", limit);
        return this;
    }

    /// At most so many bytes are in flight, what an ordered group holds back included, beside the bound on requests. A
    /// request that is larger goes alone. It counts as it was submitted: its result may be larger and is not measured. No bound
    /// unless set.
    ///
    /// @param bytes the bound
    /// @param size the bytes of a request, at least 0; called by the submitter, whom it throws to
    /// @throws IllegalArgumentException if the bound is less than 1
    public GroupBuilder<D, R> windowBytes(
            long bytes, ToIntFunction<? super AttachedRequest<D, R>> size) {
        if (bytes < 1) {
            throw new IllegalArgumentException("window: " + bytes + " bytes (expected: >= 1)");
        }
        this.windowBytes = bytes;
        this.size = Objects.requireNonNull(size, "size");
        return this;
    }

    private static long positive(String name, Duration limit) {
        if (!limit.isPositive()) {
            throw new IllegalArgumentException(name + ": " + limit + " (expected: > 0)");
        }
        return limit.toNanos();
    }

    /// The outcomes are pushed to the listener; they cannot be taken then.
    public GroupBuilder<D, R> listener(GroupListener<D, R> listener) {
        this.listener = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /// Opens the group; each call another one.
    ///
    /// @throws IllegalStateException if the pipelines are closed
    public Group<D, R> open() {
        return pipelines.open(this);
    }
}
