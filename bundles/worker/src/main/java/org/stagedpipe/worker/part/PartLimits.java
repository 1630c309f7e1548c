package org.stagedpipe.worker.part;

import org.stagedpipe.transport.node.Unread;
import org.stagedpipe.worker.memory.Spool;
import org.stagedpipe.worker.secret.Secrets;

import java.time.Duration;

/// What a part may take and how long it may wait.
///
/// @param windowItems taken and not answered, of one part
/// @param unread what may wait until it is read; more parts than fit are refused
/// @param openTimeout for the plugin to open a group's resources; to close them, and again after an interrupt
/// @param secrets that its configuration may name
/// @param spool where results wait that nobody reads while memory is short
public record PartLimits(
        int windowItems, Unread unread, Duration openTimeout, Secrets secrets, Spool spool) {}
