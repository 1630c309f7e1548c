/// What nodes of every role have in common.
@NullMarked
@Export
@Version("1.0.0")
package org.stagedpipe.cluster;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
