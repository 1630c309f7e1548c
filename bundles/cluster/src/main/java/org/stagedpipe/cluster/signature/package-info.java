/// Who vouches for a bundle: Ed25519 signatures over what it is, made by operators' keys and checked by workers.
@NullMarked
@Export
@Version("1.0.0")
package org.stagedpipe.cluster.signature;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
