package org.stagedpipe.engine;

import java.time.Duration;
import java.util.UUID;

/// Told what goes on in pipelines that somebody should look at. [#failed] is called on whichever thread of the pipelines met the error, perhaps on several
/// at once, all else on the thread `<name>-watch`. It must not block, and not close the pipelines: the watch has the deadlines of all groups to look
/// at, and a pipeline thread would wait for itself. It may log, count, cancel a group, or wake another thread. What it throws goes to the thread's
/// handler for uncaught exceptions.
public interface PipelinesListener {

    /// A group has finished requests that its consumer has not taken for so long; repeated at each interval.
    default void outputBlocked(UUID group, Duration since) {}

    /// A stage hangs.
    default void stageStuck(StuckStage stuck) {}

    /// An item runs for as long as was to be told; once for each.
    default void itemSlow(SlowItem slow) {}

    /// The number of pipelines at work has changed.
    default void scaled(int from, int to) {}

    /// A stage, or the watch, met an error of the virtual machine (memory ran out, say): the pipelines have cancelled their groups, take no new one,
    /// and the process should not go on for long. May be told more than once.
    default void failed(VirtualMachineError error) {}
}
