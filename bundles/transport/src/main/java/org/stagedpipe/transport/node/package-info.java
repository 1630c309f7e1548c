/// What nodes share: their common settings, and of coordinators and workers the membership.
@NullMarked
@Export
@Version("1.0.0")
package org.stagedpipe.transport.node;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
