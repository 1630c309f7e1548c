package org.stagedpipe.overseer;

import org.stagedpipe.protocol.v1.RolloutEntry;

/// Hears of each step of a change. Never blocks.
@FunctionalInterface
interface Steps {

    /// For changes that nobody follows.
    Steps UNSEEN = (step, text, done, total) -> {};

    /// @param step one of those that `admin.proto` lists
    /// @param text for a person
    /// @param done of total; 0 of 0 where there is nothing to count
    void step(String step, String text, int done, int total);

    /// A rollout has come into another state.
    default void rollout(RolloutEntry rollout) {
        step("rollout", rollout.getState() + ", " + rollout.getText());
    }

    /// A step without anything to count.
    default void step(String step, String text) {
        step(step, text, 0, 0);
    }
}
