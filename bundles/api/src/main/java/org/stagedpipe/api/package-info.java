/// What plugin and client authors compile against.
@NullMarked
@Export
@Version("1.0.0")
package org.stagedpipe.api;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
