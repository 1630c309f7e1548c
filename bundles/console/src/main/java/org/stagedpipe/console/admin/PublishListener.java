package org.stagedpipe.console.admin;

import org.stagedpipe.protocol.v1.Progress;

/// Follows a change of the catalogue. Called on the thread that asked for the change.
@FunctionalInterface
public interface PublishListener {

    /// The overseer did a step.
    void step(Progress progress);

    /// The overseer has been sent all that it needs: it may make the change whoever listens, and does once it says a step.
    default void asked() {}

    /// The overseer, which was started anew, began anew: what it told before does not count, and it tells all steps now.
    default void anew() {}

    /// So much of the bundle was sent.
    ///
    /// @param bytes sent so far
    /// @param size of the whole bundle, bytes
    default void uploaded(long bytes, long size) {}

    /// For who does not care.
    static PublishListener none() {
        return progress -> {};
    }
}
