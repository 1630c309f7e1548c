package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

/// An item that runs for long. It may be meant to: nothing was done about it, and nobody keeps its thread from going on.
///
/// @param group the request group
/// @param sequence the item's number in its group
/// @param attempt the delivery, from 1
/// @param stage where it is, null outside of any and in a group without deadlines, where nobody notes it
/// @param running for how long at least, all its stages together
/// @param thread the name of the pipeline thread that it runs on
/// @param stack where that thread was
public record SlowItem(
        UUID group,
        long sequence,
        int attempt,
        @Nullable String stage,
        Duration running,
        String thread,
        List<StackTraceElement> stack) {

    public SlowItem {
        stack = List.copyOf(stack);
    }
}
