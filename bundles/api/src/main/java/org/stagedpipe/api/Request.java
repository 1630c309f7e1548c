package org.stagedpipe.api;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.UUID;

/// One item on its way through the stages of a state machine. Stages read and replace its data.
///
/// A request belongs to the pipeline's thread that runs its stages; only [#isCancelled()] may be asked from other
/// threads. It must not be kept after its last stage.
///
/// @param <D> the data of an item
/// @param <R> what the request group holds open for its items
public interface Request<D, R> {

    /// The data as the stage before left it.
    D data();

    /// Replaces the data for the stages that follow and for the outcome.
    void data(D data);

    /// What [Plugin#open] made for this request's group.
    R resources();

    /// The 128-bit id of the request group, chosen by its client.
    UUID group();

    /// The item's number in its group, from 0, in the order of submission.
    long sequence();

    /// 1 for the first delivery to a worker; higher when the item runs again after the loss of one.
    int attempt();

    /// The same for every attempt at this item, different for every other item: `group/sequence`.
    default String idempotencyKey() {
        return group() + "/" + sequence();
    }

    /// Whether the item or its group was cancelled, or its deadline is over. Long stages look at it now and then.
    boolean isCancelled();

    /// Time left until the item's deadline, [Duration#ZERO] once it is over, null without one.
    @Nullable Duration remaining();

    /// Adds an event to the item's trace; of no effect unless this item is recorded. Never put data in it that must not be
    /// seen by operators.
    default void event(String text) {}

    /// The error that ends the request, or null while it has none.
    @Nullable Throwable error();

    /// Ends the request with that error once the current function returns; no further stage runs. The first one stays. An error is for
    /// what cannot be processed, a lost database; a fault in the data belongs in the data.
    void fail(Throwable error);
}
