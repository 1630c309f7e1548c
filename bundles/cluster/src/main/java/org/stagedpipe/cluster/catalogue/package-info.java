/// The catalogue: which versions of which plugins exist, and what new groups get. Values, and the store that keeps them.
@NullMarked
@Export
@Version("1.0.0")
package org.stagedpipe.cluster.catalogue;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
