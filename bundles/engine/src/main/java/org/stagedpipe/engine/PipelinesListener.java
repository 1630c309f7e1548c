package org.stagedpipe.engine;

import java.time.Duration;
import java.util.UUID;

/// Told what goes on in pipelines that somebody should look at. Called by the pipelines' watch thread; must not block.
public interface PipelinesListener {

    /// A group has finished requests that its consumer has not taken for so long; repeated at each interval.
    default void outputBlocked(UUID group, Duration since) {}

    /// A stage hangs.
    default void stageStuck(StuckStage stuck) {}

    /// The number of pipelines at work has changed.
    default void scaled(int from, int to) {}
}
