/// The remote bundle repository: blobs by digest on disk, verification of what is pushed, an index that standard OSGi
/// tools read over HTTP.
@NullMarked
@Export
@Version("1.0.0")
package org.stagedpipe.repository;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
