package org.stagedpipe.coordinator.group;

import org.stagedpipe.coordinator.letter.Letters;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;

/// What all groups of a node share.
///
/// @param coordinator the node's name
/// @param limits the bounds of each group
/// @param window the bound of all groups together, of what is in memory
/// @param spool where very big items are kept, with a bound of its own
/// @param letters keeps the items that fail, in groups that ask for it
/// @param links the connections to workers
/// @param streams the bound of what is not read yet
/// @param threads run the groups
/// @param timers wake the groups up
/// @param random chooses between workers; safe for use by many threads
/// @param outcomes counts the items that got an outcome
/// @param refusals counts the versions that following groups cannot move to
public record Environment(
        String coordinator,
        Limits limits,
        NodeWindow window,
        Spool spool,
        Letters letters,
        Links links,
        Streams streams,
        Executor threads,
        ScheduledExecutorService timers,
        RandomGenerator random,
        LongAdder outcomes,
        Refusals refusals) {

    /// Runs a task later on a group's own turn.
    Future<?> after(Duration pause, Serial serial, Runnable task) {
        return timers.schedule(() -> serial.execute(task), pause.toMillis(), TimeUnit.MILLISECONDS);
    }
}
