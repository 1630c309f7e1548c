package org.stagedpipe.api;

/// How one item ended. Each accepted item has exactly one.
///
/// @param <T> the type of a result
public sealed interface Outcome<T> {

    /// The item's number in its group.
    long sequence();

    /// The item passed its last stage.
    ///
    /// @param sequence the item's number in its group
    /// @param data the data as the last stage left it
    /// @param <T> the type of a result
    record Ok<T>(long sequence, T data) implements Outcome<T> {}

    /// The item failed; the group goes on.
    ///
    /// @param sequence the item's number in its group
    /// @param fault why
    /// @param <T> the type of a result
    record Failed<T>(long sequence, Fault fault) implements Outcome<T> {}

    /// The item ended with its group before it was done. It may have run, partly or wholly, if its answer was still on its way.
    ///
    /// @param sequence the item's number in its group
    /// @param fault why the group ended
    /// @param <T> the type of a result
    record Aborted<T>(long sequence, Fault fault) implements Outcome<T> {}
}
