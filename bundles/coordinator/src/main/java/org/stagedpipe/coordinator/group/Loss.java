package org.stagedpipe.coordinator.group;

/// What the loss of a worker says of the items that it had.
enum Loss {
    /// Nothing speaks for its life: one of them may have ended it.
    DEATH,
    /// The same, but it ran a suspect of another coordinator, which may be why, or not.
    DOUBT,
    /// It fell silent, or was about to stop: that proves nothing against them.
    OTHER,
    /// It was given up because of this node's disk: that is no loss to count.
    NONE
}
