/// The client library: [StagedpipeClient] opens request groups on a cluster, a [Group] takes items and gives outcomes.
///
/// Works on a plain class path and as a bundle.
@NullMarked
@Export
@Version("1.0.0")
package org.stagedpipe.client;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
