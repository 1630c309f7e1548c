/// Which bundles make a node of each role, and the container that runs them. Plain Java, for the class path.
@NullMarked
package org.stagedpipe.features;

import org.jspecify.annotations.NullMarked;
