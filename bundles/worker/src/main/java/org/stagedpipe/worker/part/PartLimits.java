package org.stagedpipe.worker.part;

import java.time.Duration;

/// What a part may take and how long it may wait.
///
/// @param windowItems taken and not answered, of one part
/// @param openTimeout for the plugin to open a group's resources, and again to close them
public record PartLimits(int windowItems, Duration openTimeout) {}
