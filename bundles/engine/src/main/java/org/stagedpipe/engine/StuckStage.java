package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

/// A stage that went on after its deadline, or its cancel, and the interrupt that followed. Its request has ended with a fault of kind
/// DEADLINE or CANCELLED, another thread took the place of its thread, and the thread is gone for good unless the stage returns.
///
/// @param group the request group
/// @param sequence the item's number in its group
/// @param attempt the delivery, from 1
/// @param stage where it hangs, null outside of any and in a group without deadlines, where nobody notes it
/// @param running for how long; without deadlines since the cancel
/// @param isCancelled whether it went on after a cancel, for which nobody had said how long it may take; else after its deadline
/// @param thread that hangs; no longer alive once the stage has returned
/// @param stack where the thread was when it was given up
public record StuckStage(
        UUID group,
        long sequence,
        int attempt,
        @Nullable String stage,
        Duration running,
        boolean isCancelled,
        Thread thread,
        List<StackTraceElement> stack) {

    public StuckStage {
        stack = List.copyOf(stack);
    }
}
