package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.UUID;

/// How a group is opened; made by [Pipelines#group]. For one thread.
///
/// @param <D> the data of an item
/// @param <R> what the group holds open for its items
public final class GroupBuilder<D, R> {

    /// Requests in flight unless [#window(int)] says another number.
    public static final int DEFAULT_WINDOW = 1024;

    private final Pipelines<D, R> pipelines;
    final R resources;
    UUID id = UUID.randomUUID();
    boolean ordered;
    int window = DEFAULT_WINDOW;
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

    /// The outcomes are pushed to the listener; they cannot be taken then.
    public GroupBuilder<D, R> listener(GroupListener<D, R> listener) {
        this.listener = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /// Opens the group.
    ///
    /// @throws IllegalStateException if the pipelines are closed
    public Group<D, R> open() {
        return pipelines.open(this);
    }
}
