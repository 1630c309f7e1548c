/// What the overseers of a cluster share: small values, and who of them leads.
@NullMarked
@Export
@Version("1.0.0")
package org.stagedpipe.cluster.ensemble;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
