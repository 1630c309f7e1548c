/// What plugin authors test with: a plugin and the real engine, without a container.
@NullMarked
@Export
@Version("1.0.0")
package org.stagedpipe.testkit;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
