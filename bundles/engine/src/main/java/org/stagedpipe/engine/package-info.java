/// Runs state machines on threads: pipelines, request groups, outcomes. A plain library: no container, no logging.
///
/// Start with [org.stagedpipe.engine.Pipelines]. A program that submits data and reads outcomes needs that and
/// [org.stagedpipe.engine.Group]; a host that carries bytes for others also [org.stagedpipe.engine.Hooks],
/// [org.stagedpipe.engine.AttachedRequest] and [org.stagedpipe.engine.GroupListener].
@NullMarked
@Export
@Version("1.0.0")
package org.stagedpipe.engine;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
