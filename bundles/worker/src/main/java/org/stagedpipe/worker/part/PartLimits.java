package org.stagedpipe.worker.part;

import java.time.Duration;

/// What a part may take and how long it may wait.
///
/// @param windowItems taken and not answered, of one part
/// @param streamWindow bytes of one part that may wait in direct memory until they are read
/// @param unreadBytes the same of all parts; more parts than fit are refused
/// @param openTimeout for the plugin to open a group's resources, and again to close them
public record PartLimits(
        int windowItems, int streamWindow, long unreadBytes, Duration openTimeout) {}
