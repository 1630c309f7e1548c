package org.stagedpipe.engine;

/// Items that a host submits in one go, each with its own number and attachment.
///
/// Called by the submitting thread, index by index upwards and only as far as the group has room, or one further where
/// the window counts bytes. What was not taken may be asked for again by a later call.
public interface Batch {

    /// How many items there are.
    int size();

    /// The sequence of the item at that index.
    long sequence(int index);

    /// The delivery attempt of the item at that index, from 1 on.
    int attempt(int index);

    /// What hooks turn into the data of the item at that index.
    Object attachment(int index);
}
